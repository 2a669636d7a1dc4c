CREATE TABLE "alert_senders" (
	"source" text NOT NULL,
	"sender" text NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"refused_at" timestamp (3) with time zone,
	"status" smallint,
	"reason" text NOT NULL,
	"times" integer NOT NULL,
	"raised_at" timestamp (3) with time zone,
	"last_raised_at" timestamp (3) with time zone,
	CONSTRAINT "alert_senders_source_sender_pk" PRIMARY KEY("source","sender")
);
--> statement-breakpoint
CREATE TABLE "refused_alerts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "refused_alerts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"source" text NOT NULL,
	"sender" text NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	"times" integer NOT NULL,
	"field" text NOT NULL,
	"reason" text NOT NULL,
	"summary" text NOT NULL,
	"excerpt" text NOT NULL,
	"settled_at" timestamp (3) with time zone,
	"settled_by" text,
	CONSTRAINT "refused_alerts_key_unique" UNIQUE("key")
);
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "reported_starts_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "reported_ends_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "refused_alerts_open" ON "refused_alerts" USING btree ("last_at") WHERE settled_at is null;