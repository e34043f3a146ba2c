// The key of a service that asks for one: kept until the tab closes, sent only to this server.
const KEY = "ragqa-key";

export function storedKey() {
  return sessionStorage.getItem(KEY) ?? "";
}

export function keepKey(key) {
  if (key) sessionStorage.setItem(KEY, key.trim());
  else sessionStorage.removeItem(KEY);
}

export function withKey(headers = {}) {
  return storedKey() ? { ...headers, Authorization: `Bearer ${storedKey()}` } : headers;
}
