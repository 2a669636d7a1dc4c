-- Whether an entry may go is judged by the log itself and by no setting, which any role may set: what was done to the log must be its newest entry.
-- Where another role owns the log (deploy/audit-owner.sql), ours changes nothing here: it can neither delete nor update. That owner may run this file.
DO $rules$ BEGIN
IF NOT pg_has_role(current_user, (SELECT proowner FROM pg_proc WHERE oid = 'audit.refuse()'::regprocedure), 'USAGE') THEN
	RAISE NOTICE 'the audit log is owned by another role: its rules stay as they are';
	RETURN;
END IF;
-- Lets through the deletion of entries of 30 days ago or more that the newest entry records as expired, and the erasure of what it lists.
CREATE OR REPLACE FUNCTION "audit"."refuse"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
	owned boolean := (SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = TG_RELID);
	latest record;
	note jsonb;
BEGIN
	IF owned AND TG_LEVEL = 'ROW' THEN
		SELECT kind, body INTO latest FROM audit.entries ORDER BY seq DESC LIMIT 1;
		note := CASE WHEN latest.kind = 'audit' THEN latest.body::jsonb ELSE '{}' END;
		IF TG_OP = 'DELETE' AND note ->> 'what' = 'audit.expired' AND OLD.seq <= (note ->> 'through')::bigint AND OLD.at < now() - interval '30 days' THEN
			RETURN OLD;
		END IF;
		IF TG_OP = 'UPDATE' AND note ->> 'what' = 'audit.erased' AND note -> 'erased' @> to_jsonb(OLD.seq)
			AND (NEW.words IS NULL OR NEW.words = OLD.words)
			AND ((NEW.person, NEW.personal) IS NOT DISTINCT FROM (OLD.person, OLD.personal) OR (note -> 'whole' = 'true' AND NEW.person IS NULL AND NEW.personal IS NULL))
			AND (NEW.seq, NEW.at, NEW.kind, NEW.body, NEW.prev, NEW.hash) IS NOT DISTINCT FROM (OLD.seq, OLD.at, OLD.kind, OLD.body, OLD.prev, OLD.hash) THEN
			RETURN NEW;
		END IF;
	END IF;
	RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE FUNCTION "audit"."expire"("before" timestamp with time zone, "most" integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	over timestamp with time zone := least(expire.before, now() - interval '30 days');
	stamp timestamp with time zone := date_trunc('milliseconds', clock_timestamp());
	oldest bigint;
	final bigint;
	link text;
BEGIN
	PERFORM pg_advisory_xact_lock(7315006);
	SELECT seq INTO oldest FROM audit.entries ORDER BY seq LIMIT 1;
	SELECT seq - 1 INTO final FROM audit.entries WHERE at >= over ORDER BY seq LIMIT 1;
	IF final IS NULL THEN
		SELECT seq INTO final FROM audit.entries ORDER BY seq DESC LIMIT 1;
	END IF;
	final := least(final, oldest + expire.most - 1);
	IF oldest IS NULL OR final < oldest THEN
		RETURN 0;
	END IF;
	SELECT hash INTO link FROM audit.entries WHERE seq = final;
	INSERT INTO audit.entries (at, kind, body) VALUES (stamp, 'audit', json_build_object(
		'at', to_char(stamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kind', 'audit', 'what', 'audit.expired', 'subject', null,
		'result', 'applied', 'way', 'retention', 'through', final, 'hash', link)::text);
	DELETE FROM audit.entries WHERE seq <= final;
	RETURN final - oldest + 1;
END $$;
CREATE OR REPLACE FUNCTION "audit"."erase"("numbers" bigint[], "whole" boolean) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	stamp timestamp with time zone := date_trunc('milliseconds', clock_timestamp());
	erased bigint[];
BEGIN
	PERFORM pg_advisory_xact_lock(7315006);
	SELECT array_agg(seq ORDER BY seq) INTO erased FROM audit.entries
		WHERE seq = ANY (erase.numbers) AND (words IS NOT NULL OR (erase.whole AND personal IS NOT NULL));
	IF erased IS NULL THEN
		RETURN 0;
	END IF;
	INSERT INTO audit.entries (at, kind, body) VALUES (stamp, 'audit', json_build_object(
		'at', to_char(stamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kind', 'audit', 'what', 'audit.erased', 'subject', null,
		'result', 'applied', 'way', 'erasure', 'erased', to_json(erased), 'whole', erase.whole)::text);
	UPDATE audit.entries SET words = NULL,
		person = CASE WHEN erase.whole THEN NULL ELSE person END,
		personal = CASE WHEN erase.whole THEN NULL ELSE personal END
	WHERE seq = ANY (erased);
	RETURN cardinality(erased);
END $$;
END $rules$;
