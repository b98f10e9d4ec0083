"""A switch for `manage.py forget` alone: within a transaction that sets it, kept records may be deleted."""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION spatial_keep_record() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF current_setting('chengtu.forget', true) = 'on' THEN RETURN OLD; END IF;
    RAISE EXCEPTION '记录不可删除, 请停用 (a recorded row is never deleted)'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'record_is_kept';
  END IF;
  IF TG_TABLE_NAME = 'spatial_zoning' AND pg_trigger_depth() < 2 THEN NEW.geom := OLD.geom; END IF;
  IF to_jsonb(NEW) - 'recorded' - 'geom' - 'shape' <> to_jsonb(OLD) - 'recorded' - 'geom' - 'shape'
     OR (pg_trigger_depth() < 2 AND NEW.geom::bytea IS DISTINCT FROM OLD.geom::bytea)
     OR (NEW.recorded <> OLD.recorded
         AND NOT (upper_inf(OLD.recorded) AND lower(NEW.recorded) = lower(OLD.recorded)
                  AND lower_inc(NEW.recorded) = lower_inc(OLD.recorded))) THEN
    RAISE EXCEPTION '记录不可修改, 请关闭后新建 (a recorded row is closed and followed, never changed)'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'record_is_kept';
  END IF;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    """Replace the function of ``sql/triggers.sql``; closing and following a record stay as they were."""

    dependencies = [("spatial", "0004_plain_words")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
