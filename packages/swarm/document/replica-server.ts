/** What runs in the worker: the copy of the document that may be lost. */
import * as Y from 'yjs';
import type { ReplicaReply, ReplicaRequest } from './guarded-replica.ts';
import { applyForeign, diffFor, summaryOf } from './replica.ts';

/** Answers one request after the other; `load` starts over. */
export function createReplicaServer(): (request: ReplicaRequest) => ReplicaReply {
  let doc = new Y.Doc();
  return (request) => {
    const { id, type } = request;
    switch (type) {
      case 'load':
        doc.destroy();
        doc = new Y.Doc();
        applyForeign(doc, request.bytes);
        return { id, type };
      case 'apply':
        return { id, type, applied: applyForeign(doc, request.bytes) };
      case 'diff':
        return { id, type, bytes: diffFor(doc, request.bytes) };
      case 'summary':
        return { id, type, summary: summaryOf(doc) };
      default:
        throw new Error(`unreachable: ${(request satisfies never as ReplicaRequest).type}`);
    }
  };
}
