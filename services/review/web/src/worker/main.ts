/**
 * Holds the pictures of the film that is read next, in memory and nowhere else: the browser's own cache may not keep
 * them on its disk. It lives from page to page, and everything is gone when it ends, or when somebody logs in or out.
 */

/** What of a service worker is used here; the compiler's own types of it and of pages exclude each other. */
interface Fetched extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const held = new Map<string, Promise<ArrayBuffer>>();

addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (typeof data === "string" && !held.has(data)) hold(data);
});

addEventListener("fetch", (event) => {
  const { request, respondWith } = event as Fetched;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && /^\/(log-|invitation)/.test(pathname)) held.clear();
  const picture = request.method === "GET" && held.get(pathname);
  if (picture) respondWith.call(event, picture.then(shown, () => fetch(request)));
});

/** Instead of the one before: a reader pages forward. */
function hold(path: string): void {
  held.clear();
  const picture = fetch(path, { cache: "no-store" }).then((answer) => {
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.arrayBuffer();
  });
  held.set(path, picture);
  picture.catch(() => held.delete(path));
}

function shown(bytes: ArrayBuffer): Response {
  return new Response(bytes, { headers: { "Content-Type": "image/png", "Cache-Control": "private, no-store" } });
}
