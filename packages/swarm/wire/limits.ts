/** The caps of the wire. Whatever is larger is refused before anything is allocated for it. */

/** One frame with its signature: a data channel's portable message limit is 64 KiB. */
export const FRAME_BYTES_MAX = 65_536;

/** Identities: base64url of an Ed25519 key takes 43 characters. */
export const PEER_CHARS_MAX = 64;
/** Names of locks, jobs, services, topics, keys. */
export const NAME_CHARS_MAX = 128;
export const TAG_CHARS_MAX = 48; // capabilities, metadata keys, job kinds
export const TAGS_MAX = 32;
export const METADATA_MAX = 32; // pairs
export const METADATA_CHARS_MAX = 256;
export const ADDRESS_CHARS_MAX = 256;
export const REASON_CHARS_MAX = 64;

/** A command is at most 32 KiB in the log, so what it carries is a little less. */
export const COMMAND_BYTES_MAX = 32 * 1024;
export const PAYLOAD_BYTES_MAX = 24 * 1024;
export const EVENT_BYTES_MAX = 4 * 1024; // events are retained: a thousand of them and more

export const MEMBERS_WIRE_MAX = 1024; // of one configuration's lists
export const ENTRIES_MAX = 1024; // in one append
export const HASH_BYTES = 32;
export const ROOM_BYTES = 16;

/** Documents. An edit is small; what is larger travels as a difference, in parts. */
export const UPDATE_BYTES_MAX = 32 * 1024;
export const UPDATE_IDS_MAX = 256;
export const STATE_VECTOR_BYTES_MAX = 32 * 1024; // of some 4,000 sessions that ever wrote
export const PART_BYTES_MAX = 48 * 1024;
export const PRESENCE_BYTES_MAX = 4 * 1024;
export const DIGEST_BYTES = 8;
export const SIGNATURE_BYTES = 64;
