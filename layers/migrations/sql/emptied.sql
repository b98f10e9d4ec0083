-- Who empties a table by TRUNCATE takes something from everybody in it, and nobody says from whom: every pass ends. Whoever
-- still has a session or a token is given another with the next question.
CREATE FUNCTION layers_withdraw_all() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO layers_epoch AS e (account, number)
    SELECT account, 1 FROM (SELECT id::bigint FROM auth_user UNION SELECT account FROM layers_epoch) AS everybody(account)
    ON CONFLICT (account) DO UPDATE SET number = e.number + 1;
  RETURN NULL;
END $$;

CREATE TRIGGER withdraw_all AFTER TRUNCATE ON auth_user_groups FOR EACH STATEMENT EXECUTE FUNCTION layers_withdraw_all();
CREATE TRIGGER withdraw_all AFTER TRUNCATE ON layers_account FOR EACH STATEMENT EXECUTE FUNCTION layers_withdraw_all();
CREATE TRIGGER withdraw_all AFTER TRUNCATE ON layers_token FOR EACH STATEMENT EXECUTE FUNCTION layers_withdraw_all();
CREATE TRIGGER withdraw_all AFTER TRUNCATE ON django_session FOR EACH STATEMENT EXECUTE FUNCTION layers_withdraw_all();
