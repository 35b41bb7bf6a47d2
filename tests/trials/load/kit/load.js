// The same for people who know k6: users who each send the next film after the last answer, as the shape "steady" does.
//
//   k6 run -e HOST=http://127.0.0.1:8000 -e TOKEN="$(cat build/run/token)" -e USERS=16 -e SECONDS=60 load.js
//
// RATE=10 sends ten films a second instead, whatever the answers. ALLOW=NAME lets another machine than this be loaded: a
// test system, whose owners know of it. An answer that is not an assessment is an error, and so is a p95 above P95_MS.
import http from "k6/http";
import { check, fail, sleep } from "k6";

const HOST = (__ENV.HOST || "http://127.0.0.1:8000").replace(/\/$/, "");
const SECONDS = `${__ENV.SECONDS || 60}s`;
const RATE = Number(__ENV.RATE || 0);
const USERS = Number(__ENV.USERS || 16);
const TOO_MUCH = 429;

const FILMS = [
  { name: "PNG", type: "image/png", data: open("films/normal.png", "b") },
  { name: "DICOM", type: "application/dicom", data: open("films/film.dcm", "b") },
];

const closed = { executor: "constant-vus", vus: USERS, duration: SECONDS };
const arriving = {
  executor: "constant-arrival-rate",
  rate: RATE,
  timeUnit: "1s",
  duration: SECONDS,
  preAllocatedVUs: USERS,
  maxVUs: Math.max(USERS, 20 * RATE),
};

export const options = {
  scenarios: { films: RATE ? arriving : closed },
  thresholds: { checks: ["rate==1"], http_req_duration: [`p(95)<${__ENV.P95_MS || 2000}`] },
};

// Nobody else's service is put under load by mistake.
export function setup() {
  const host = HOST.replace(/^https?:\/\//, "").replace(/(:\d+)?(\/.*)?$/, "");
  if (!["127.0.0.1", "localhost", "[::1]", __ENV.ALLOW].includes(host)) {
    fail(`${host} is not on this machine: ALLOW=${host} says that it is a test system`);
  }
}

export default function () {
  const film = FILMS[Math.floor(Math.random() * FILMS.length)];
  const headers = { "Content-Type": film.type, "Cache-Control": "no-cache", "X-CXR-Source": "test" };
  if (__ENV.TOKEN) {
    headers.Authorization = `Bearer ${__ENV.TOKEN}`;
  }
  const answer = http.post(`${HOST}/v1/assessments`, film.data, { headers, tags: { name: film.name } });
  const later = answer.status === TOO_MUCH && Number(answer.headers["Retry-After"]) > 0;
  check(answer, {
    // With RATE more may be asked for than there is: then 429 with Retry-After is a right answer.
    "is an assessment": () => (RATE && later) || (answer.status === 200 && answer.json("outcome") === "assessed"),
  });
  if (later && !RATE) {
    sleep(Number(answer.headers["Retry-After"]));
  }
}
