/** Assesses a film with the types that are made of openapi.json, and reads it back: `node client.js URL FILM`, in base64. */

import createClient from "openapi-fetch";

import type { paths } from "./openapi.js";

declare const process: { argv: [string, string, string, string] };

const [, , baseUrl, base64] = process.argv;
const film = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
const gateway = createClient<paths>({ baseUrl });

const posted = await gateway.POST("/v1/assessments", {
  body: film as unknown as string,
  bodySerializer: (body) => body as unknown as BodyInit,
  headers: { "Content-Type": "image/png" },
});
const assessed = posted.data;
if (!assessed || typeof assessed === "string" || assessed.outcome === "running") {
  throw new Error(posted.error?.detail ?? "neither a ZIP file nor a promise was asked for");
}
if (!("predicted_class" in assessed)) {
  throw new Error("no problem but the cascade's own was asked for");
}

const path = { assessment_id: assessed.id };
const read = await gateway.GET("/v1/assessments/{assessment_id}", { params: { path } });
const lost = await gateway.GET("/v1/assessments/{assessment_id}", { params: { path: { assessment_id: "unknown" } } });
const gone = await gateway.DELETE("/v1/assessments/{assessment_id}", { params: { path } });

const told = [assessed.predicted_class, read.data?.id === assessed.id, lost.error?.code, gone.response.status];
console.log(JSON.stringify(told));
