-- What a copy of the database does not share with its original, and a streaming replica does: server, timeline, database.
-- The control file tells the timeline of the last checkpoint, which after a promotion may be minutes away; who can write
-- tells that of the log it writes. What a lost primary had told and what the new one tells never bear one epoch.
CREATE OR REPLACE FUNCTION spatial_epoch() RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT left(md5(concat_ws(' ', s.system_identifier,
           CASE WHEN pg_is_in_recovery() THEN c.timeline_id
                ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
           d.oid, 'spatial_news'::regclass::oid)), 12)
    FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()
$$;
