/** What a document peer asks of whoever runs it. */
import type { PeerId } from '../state-machine/command.ts';
import type { DocumentMessage } from './message.ts';

/** Each `ticket` is answered once: `applied`, `summarised` or `diffed` of document-peer.ts. */
export type DocumentEffect =
  | { readonly type: 'send'; readonly to: PeerId; readonly message: DocumentMessage }
  /** Foreign bytes: where a hang can be killed (guarded-replica.ts). */
  | { readonly type: 'apply'; readonly ticket: number; readonly bytes: Uint8Array }
  | { readonly type: 'summarise'; readonly ticket: number }
  | { readonly type: 'diff'; readonly ticket: number; readonly stateVector: Uint8Array }
  | { readonly type: 'presence'; readonly peer: PeerId; readonly state: Uint8Array | null }
  | { readonly type: 'renew-presence' }
  /** This peer sent what cannot be: the caller cuts the link and says so to the room. */
  | { readonly type: 'blame'; readonly peer: PeerId; readonly reason: string };

export type Emit = (effect: DocumentEffect) => void;
