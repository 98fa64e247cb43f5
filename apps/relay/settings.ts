/** Where the relay listens and keeps its files, read from the environment. */

export type Settings = { host: string; port: number; dataFolder: string; pageFolder: string };

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; reason: string };

const PORT_DEFAULT = 8787;
const PORT_MAX = 65_535;

/** Reads `PORT` (0 takes a free one), `HOST`, `DATA_FOLDER` and `PAGE_FOLDER`. */
export function readSettings(environment: Record<string, string | undefined>): SettingsResult {
  const text = environment['PORT'] ?? String(PORT_DEFAULT);
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > PORT_MAX) {
    const reason = `PORT is '${text}'; give a whole number from 0 to ${PORT_MAX}, or leave it out.`;
    return { ok: false, reason };
  }
  const host = environment['HOST'] || '127.0.0.1';
  const dataFolder = environment['DATA_FOLDER'] || '.data';
  const pageFolder = environment['PAGE_FOLDER'] || 'dist/game';
  return { ok: true, settings: { host, port, dataFolder, pageFolder } };
}
