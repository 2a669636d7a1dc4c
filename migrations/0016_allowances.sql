CREATE TABLE "allowances" (
	"key" text PRIMARY KEY NOT NULL,
	"tokens" double precision NOT NULL,
	"refused" double precision NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"paused_until" timestamp (3) with time zone
);
