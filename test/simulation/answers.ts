/** What the room's jobs should give, who is believed to know, and who lies. */

/** The same for everyone who does the job as asked. */
export function rightAnswer(job: string): Uint8Array {
  const answer = new Uint8Array(32);
  for (let i = 0; i < job.length; i++) answer[i % 32]! += job.charCodeAt(i) * (i + 1);
  return answer;
}

/** The first worker is the relay's own; the last one tells lies in a third of its answers. */
export const isTrusted = (peer: string) => peer.startsWith('w1.');
export const isLiar = (peer: string) => peer.startsWith('w3.');
export const LIE_SHARE = 0.3;
