// What the page shell says: the view of this page and its user.

export type Role = "room" | "operator" | "supervisor" | "warroom" | "admin" | "readonly" | "wall";

export interface User {
  user: string;
  name: string;
  role: Role;
  room: string | null;
  operator: string | null;
}

function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}

/** The view of this page, such as `room/district-bhopal`. */
export const pageView: string = meta("warroom-view");

/** Who is signed in. */
export const user: User = {
  user: "",
  name: "",
  role: "readonly",
  room: null,
  operator: null,
  ...(JSON.parse(meta("warroom-user") || "{}") as Partial<User>),
};
