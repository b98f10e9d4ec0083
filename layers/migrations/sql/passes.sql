-- What a pass (the signed cookie) said is no longer so: the account's epoch moves, whoever changed it and however. A session
-- that ends leaves its mark for a little longer than a pass lives.

CREATE FUNCTION layers_move_epoch(which bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  INSERT INTO layers_epoch AS e (account, number) VALUES (which, 1)
  ON CONFLICT (account) DO UPDATE SET number = e.number + 1
$$;

-- The argument names the column that has the account's key.
CREATE FUNCTION layers_withdraw() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before bigint;
  after bigint;
BEGIN
  IF TG_OP <> 'INSERT' THEN before := (to_jsonb(OLD) ->> TG_ARGV[0])::bigint; END IF;
  IF TG_OP <> 'DELETE' THEN after := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint; END IF;
  IF before IS NOT NULL THEN PERFORM layers_move_epoch(before); END IF;
  IF after IS DISTINCT FROM before AND after IS NOT NULL THEN PERFORM layers_move_epoch(after); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION layers_withdraw_group() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM layers_move_epoch(m.user_id) FROM auth_user_groups m WHERE m.group_id = OLD.id ORDER BY m.user_id;
  RETURN NULL;
END $$;

CREATE FUNCTION layers_end_sitting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM layers_ended WHERE at < now() - interval '1 hour';
  INSERT INTO layers_ended (sitting)
    VALUES (left(encode(sha256(convert_to('sitting ' || OLD.session_key, 'UTF8')), 'hex'), 16)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER withdraw_user AFTER UPDATE ON auth_user FOR EACH ROW
  WHEN (OLD.is_active <> NEW.is_active OR OLD.is_superuser <> NEW.is_superuser OR OLD.password <> NEW.password)
  EXECUTE FUNCTION layers_withdraw('id');
CREATE TRIGGER withdraw_gone AFTER DELETE ON auth_user FOR EACH ROW EXECUTE FUNCTION layers_withdraw('id');
CREATE TRIGGER withdraw_member AFTER INSERT OR UPDATE OR DELETE ON auth_user_groups FOR EACH ROW
  EXECUTE FUNCTION layers_withdraw('user_id');
CREATE TRIGGER withdraw_account AFTER INSERT OR UPDATE OR DELETE ON layers_account FOR EACH ROW
  EXECUTE FUNCTION layers_withdraw('user_id');
CREATE TRIGGER withdraw_group AFTER UPDATE ON auth_group FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name)
  EXECUTE FUNCTION layers_withdraw_group();
CREATE TRIGGER end_sitting AFTER DELETE ON django_session FOR EACH ROW WHEN (OLD.expire_date > now())
  EXECUTE FUNCTION layers_end_sitting();
