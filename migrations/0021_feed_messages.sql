CREATE TABLE "feed_messages" (
	"incident" integer NOT NULL,
	"kind" text NOT NULL,
	"channel" text NOT NULL,
	"message" text NOT NULL,
	"first_seq" bigint NOT NULL,
	"lines" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "feed_messages_incident_kind_pk" PRIMARY KEY("incident","kind")
);
