-- The passes that were given for a token end with it, as those of a session do. The argument names the column that has
-- the secret, or what is kept of it.

CREATE OR REPLACE FUNCTION layers_end_sitting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  secret text := to_jsonb(OLD) ->> coalesce(TG_ARGV[0], 'session_key');
BEGIN
  DELETE FROM layers_ended WHERE at < now() - interval '1 hour';
  INSERT INTO layers_ended (sitting)
    VALUES (left(encode(sha256(convert_to('sitting ' || secret, 'UTF8')), 'hex'), 16)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER end_token AFTER DELETE ON layers_token FOR EACH ROW EXECUTE FUNCTION layers_end_sitting('digest');
