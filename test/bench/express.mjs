import express from "express";

// The floor to compare with: Express 5 that parses the body and does nothing with it. JavaScript, so that any Node runs it.
const app = express();
app.use(express.json({ limit: "16mb" }));
app.post("/webhooks/alertmanager", (_, response) => void response.status(202).json({ accepted: 1 }));
const server = app.listen(0, "127.0.0.1", () =>
  process.stdout.write(`Express listens on http://127.0.0.1:${server.address().port}\n`),
);
