/** Who a peer is: an Ed25519 key. Its name is base64url of the public key (43 characters). */
import type { PeerId } from '../state-machine/command.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const KEY_BYTES = 32;
/** Imported keys kept for reuse: importing costs about as much as verifying. */
const KEYS_MAX = 1_024;

export type Identity = {
  readonly peer: PeerId;
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
};

/** A new identity; its private key never leaves the browser's or Node's key store. */
export async function createIdentity(): Promise<Identity> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  return identityOf(pair);
}

/** Of a stored key pair (IndexedDB keeps CryptoKeys as they are). */
export async function identityOf(pair: CryptoKeyPair): Promise<Identity> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return {
    peer: peerOf(publicKey),
    publicKey,
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes)),
  };
}

export function peerOf(publicKey: Uint8Array): PeerId {
  let out = '';
  for (let i = 0; i < publicKey.length; i += 3) {
    const left = publicKey.length - i;
    const bits = (publicKey[i]! << 16) | ((publicKey[i + 1] ?? 0) << 8) | (publicKey[i + 2] ?? 0);
    for (let k = 0; k < Math.min(4, left + 1); k++) out += ALPHABET[(bits >> (18 - 6 * k)) & 63];
  }
  return out;
}

/** The key that a name is; null for a name that is none. */
export function keyOf(peer: PeerId): Uint8Array<ArrayBuffer> | null {
  const out = new Uint8Array(KEY_BYTES);
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const letter of peer) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    if (at < KEY_BYTES) out[at] = (bits >> bitCount) & 255;
    at++;
    bits &= (1 << bitCount) - 1;
  }
  // One name per key: the bits left over must be zero.
  return at === KEY_BYTES && bits === 0 && peerOf(out) === peer ? out : null;
}

const keys = new Map<PeerId, CryptoKey>();

/** False for whatever is not that peer's signature, a name that is no key included. */
export async function verify(
  peer: PeerId,
  what: { signed: Uint8Array; signature: Uint8Array },
): Promise<boolean> {
  try {
    const key = keys.get(peer) ?? (await importKey(peer));
    if (key === null) return false;
    const signature = what.signature as Uint8Array<ArrayBuffer>;
    const signed = what.signed as Uint8Array<ArrayBuffer>;
    return await crypto.subtle.verify('Ed25519', key, signature, signed);
  } catch {
    return false; // 32 bytes that are no point of the curve
  }
}

async function importKey(peer: PeerId): Promise<CryptoKey | null> {
  const raw = keyOf(peer);
  if (raw === null) return null;
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  if (keys.size >= KEYS_MAX) keys.delete(keys.keys().next().value!);
  keys.set(peer, key);
  return key;
}
