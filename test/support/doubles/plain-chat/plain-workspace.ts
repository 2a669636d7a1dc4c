import type { ChatButton, ChatForm } from "#domain/values/chat-message.ts";
import type { Instant } from "#domain/values/language.ts";

/** A line in a room. `to`: only they see it. */
export type PlainLine = {
  readonly id: string;
  readonly by: string;
  readonly at: Instant;
  readonly to: string | null;
  /** The request that wrote it. */
  readonly key: string | null;
  readonly note: string;
  text: string;
};

export type PlainRoom = {
  readonly id: string;
  readonly name: string;
  readonly private: boolean;
  readonly members: Set<string>;
  readonly lines: PlainLine[];
  readonly pins: Set<string>;
  readonly reactions: Set<string>;
  readonly files: { readonly name: string; readonly text: string; readonly key: string }[];
  /** Which request opened it. */
  readonly key: string | null;
  links: readonly string[];
  topic: string;
  archived: boolean;
  /** Whether Muster is in it. */
  joined: boolean;
};

export type PlainPerson = { readonly id: string; readonly name: string; readonly email: string; readonly zone: string };

/** A form that someone fills in: the answers so far, and where they give them. */
export type OpenForm = { readonly id: string; readonly person: string; readonly room: string; form: ChatForm };

/** What a number that people may type stands for. */
export type NumberedButton = { readonly room: string; readonly line: string; readonly button: ChatButton };

export const MUSTER = "p-muster";

/** The server of a chat in which there is nothing but text: rooms, people, lines. It stands in memory. */
export class PlainWorkspace {
  readonly rooms = new Map<string, PlainRoom>();
  readonly people: readonly PlainPerson[];
  readonly groups = new Map<string, readonly string[]>();
  readonly buttons: NumberedButton[] = [];
  readonly forms = new Map<string, OpenForm>();
  readonly now: () => Instant;
  /** What is wrong with the server. */
  fault: "none" | "away" | "loses answers" = "none";
  #made = 0;

  constructor(people: readonly PlainPerson[], now: () => Instant, rooms: readonly string[] = []) {
    this.people = people;
    this.now = now;
    for (const name of rooms) this.open({ name, private: false }, null).joined = false;
  }

  id(kind: string): string {
    return `${kind}-${++this.#made}`;
  }

  open(wanted: { readonly name: string; readonly private: boolean }, key: string | null): PlainRoom {
    const room: PlainRoom = {
      ...wanted,
      id: this.id("room"),
      key,
      members: new Set(),
      lines: [],
      pins: new Set(),
      reactions: new Set(),
      files: [],
      links: [],
      topic: "",
      archived: false,
      joined: true,
    };
    this.rooms.set(room.id, room);
    return room;
  }

  /** A room by its id or name. */
  room(place: string): PlainRoom | null {
    return this.rooms.get(place) ?? [...this.rooms.values()].find(({ name }) => name === place) ?? null;
  }

  /** Someone's own room with Muster. */
  ownRoom(person: string): PlainRoom {
    const name = `with ${person}`;
    return this.room(name) ?? this.open({ name, private: true }, null);
  }

  write(room: PlainRoom, line: Pick<PlainLine, "by" | "text"> & Partial<PlainLine>): PlainLine {
    const written: PlainLine = { id: this.id("line"), at: this.now(), to: null, key: null, note: "", ...line };
    room.lines.push(written);
    return written;
  }

  /** The number by which people press a button; the same button of a line keeps its number. */
  numberOf(room: string, line: string, button: ChatButton): number {
    const same = this.buttons.findIndex(
      (each) => each.line === line && each.button.action === button.action && each.button.value === button.value,
    );
    return same >= 0 ? same + 1 : this.buttons.push({ room, line, button });
  }

  person(id: string): PlainPerson | null {
    return this.people.find((person) => person.id === id) ?? null;
  }

  formOf(person: string, room: string): OpenForm | null {
    return [...this.forms.values()].find((each) => each.person === person && each.room === room) ?? null;
  }
}
