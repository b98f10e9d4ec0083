-- Who asked for what is guarded, or read a roll, stays as it was written for three years, whoever is at the database
-- (个人信息保护法 art. 56); then it may be deleted (art. 19). A room that is deleted leaves the line about its roll.

CREATE FUNCTION layers_keep_log() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.at < now() - interval '3 years' THEN RETURN OLD; END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) ->> 'room_id' IS NULL AND to_jsonb(NEW) - 'room_id' = to_jsonb(OLD) - 'room_id' THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '查询记录须保存三年, 不可修改 (a log of readings is kept for three years and never changed)'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'log_is_kept';
END $$;

CREATE TRIGGER log_is_kept BEFORE UPDATE OR DELETE ON layers_inquiry
  FOR EACH ROW EXECUTE FUNCTION layers_keep_log();
CREATE TRIGGER log_is_kept BEFORE UPDATE OR DELETE ON spatial_rollreading
  FOR EACH ROW EXECUTE FUNCTION layers_keep_log();
CREATE TRIGGER log_is_never_emptied BEFORE TRUNCATE ON layers_inquiry
  FOR EACH STATEMENT EXECUTE FUNCTION layers_keep_log();
CREATE TRIGGER log_is_never_emptied BEFORE TRUNCATE ON spatial_rollreading
  FOR EACH STATEMENT EXECUTE FUNCTION layers_keep_log();
