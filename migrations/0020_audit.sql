-- The audit log: append-only, chained by hashes, in a schema of its own, so that another role may own it (deploy/audit-owner.sql).
CREATE SCHEMA "audit";
--> statement-breakpoint
CREATE TABLE "audit"."entries" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"person" text,
	"body" text NOT NULL,
	"personal" text,
	"words" text,
	"prev" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "entries_kind" ON "audit"."entries" USING btree ("kind","seq");
--> statement-breakpoint
CREATE INDEX "entries_person" ON "audit"."entries" USING btree ("person","seq") WHERE person is not null;
--> statement-breakpoint
-- One entry after the other: the next number and the hash of the entry before are read under a lock that ends with the transaction.
CREATE FUNCTION "audit"."append"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	latest record;
BEGIN
	PERFORM pg_advisory_xact_lock(7315006);
	SELECT seq, hash INTO latest FROM audit.entries ORDER BY seq DESC LIMIT 1;
	NEW.seq := coalesce(latest.seq, 0) + 1;
	NEW.prev := coalesce(latest.hash, '');
	NEW.hash := encode(sha256(convert_to(NEW.prev || E'\n' || NEW.seq || E'\n' || NEW.body, 'UTF8')), 'hex');
	RETURN NEW;
END $$;
--> statement-breakpoint
-- Refuses every change but the two that audit.expire and audit.erase make, which leave an entry of their own.
CREATE FUNCTION "audit"."refuse"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
	owned boolean := (SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = TG_RELID);
	work text := coalesce(current_setting('muster.audit', true), '');
BEGIN
	IF owned AND TG_OP = 'DELETE' AND work = 'expire' THEN
		RETURN OLD;
	END IF;
	IF owned AND TG_OP = 'UPDATE' AND work = 'erase' THEN
		IF (NEW.person IS NULL OR NEW.person = OLD.person) AND (NEW.personal IS NULL OR NEW.personal = OLD.personal) AND (NEW.words IS NULL OR NEW.words = OLD.words)
			AND (NEW.seq, NEW.at, NEW.kind, NEW.body, NEW.prev, NEW.hash) IS NOT DISTINCT FROM (OLD.seq, OLD.at, OLD.kind, OLD.body, OLD.prev, OLD.hash) THEN
			RETURN NEW;
		END IF;
	END IF;
	RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER "append" BEFORE INSERT ON "audit"."entries" FOR EACH ROW EXECUTE FUNCTION "audit"."append"();
--> statement-breakpoint
CREATE TRIGGER "refuse_change" BEFORE UPDATE OR DELETE ON "audit"."entries" FOR EACH ROW EXECUTE FUNCTION "audit"."refuse"();
--> statement-breakpoint
CREATE TRIGGER "refuse_truncate" BEFORE TRUNCATE ON "audit"."entries" FOR EACH STATEMENT EXECUTE FUNCTION "audit"."refuse"();
--> statement-breakpoint
-- Deletes the oldest entries, "most" at once, none younger than 30 days. The entry that it leaves is the anchor: the chain goes on from its hash.
CREATE FUNCTION "audit"."expire"("before" timestamp with time zone, "most" integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
	PERFORM set_config('muster.audit', 'expire', true);
	DELETE FROM audit.entries WHERE seq <= final;
	PERFORM set_config('muster.audit', '', true);
	RETURN final - oldest + 1;
END $$;
--> statement-breakpoint
-- Takes the words out of entries, and when "whole" person and address too. Each entry keeps its place, its fact and its hash, and the entry that this leaves lists them.
CREATE FUNCTION "audit"."erase"("numbers" bigint[], "whole" boolean) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	stamp timestamp with time zone := date_trunc('milliseconds', clock_timestamp());
	erased bigint[];
BEGIN
	PERFORM pg_advisory_xact_lock(7315006);
	PERFORM set_config('muster.audit', 'erase', true);
	WITH done AS (
		UPDATE audit.entries SET words = NULL,
			person = CASE WHEN erase.whole THEN NULL ELSE person END,
			personal = CASE WHEN erase.whole THEN NULL ELSE personal END
		WHERE seq = ANY (erase.numbers) AND (words IS NOT NULL OR (erase.whole AND personal IS NOT NULL)) RETURNING seq)
		SELECT array_agg(seq ORDER BY seq) INTO erased FROM done;
	PERFORM set_config('muster.audit', '', true);
	IF erased IS NULL THEN
		RETURN 0;
	END IF;
	INSERT INTO audit.entries (at, kind, body) VALUES (stamp, 'audit', json_build_object(
		'at', to_char(stamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kind', 'audit', 'what', 'audit.erased', 'subject', null,
		'result', 'applied', 'way', 'erasure', 'erased', to_json(erased), 'whole', erase.whole)::text);
	RETURN cardinality(erased);
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION "audit"."append"(), "audit"."refuse"(), "audit"."expire"(timestamp with time zone, integer), "audit"."erase"(bigint[], boolean) FROM PUBLIC;
--> statement-breakpoint
ALTER TABLE "commands" ADD COLUMN "client" json;
