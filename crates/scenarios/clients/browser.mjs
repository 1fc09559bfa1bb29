// What a browser does for a page: cookies and the CSRF token, over Node's own fetch.
export class Browser {
  #base;
  #cookies = new Map();
  #csrf = {};

  constructor(base) {
    this.#base = base;
  }

  async login(userName, password) {
    const basic = Buffer.from(`${userName}:${password}`, "utf8").toString("base64");
    return this.request("GET", "/api/v2/me", undefined, { Authorization: `Basic ${basic}` });
  }

  async request(method, path, body, further = {}) {
    const headers = { ...this.#csrf, ...further };
    if (this.#cookies.size > 0) headers.Cookie = this.cookieHeader();
    if (body !== undefined && body !== null) headers["Content-Type"] = "application/json";
    const response = await fetch(this.#base + path, {
      method,
      headers,
      body: body === undefined || body === null ? undefined : JSON.stringify(body),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(";");
      const equal = pair.indexOf("=");
      this.#cookies.set(pair.slice(0, equal).trim(), pair.slice(equal + 1).trim());
    }
    const csrfHeader = response.headers.get("X-CSRF-HEADER");
    if (csrfHeader) this.#csrf = { [csrfHeader]: response.headers.get(csrfHeader) };
    return { status: response.status, body: await response.text() };
  }

  cookieHeader() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}
