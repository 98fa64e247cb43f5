/** The name in an environment's text, and what its file is called. Pure. */

export function nameOf(text: string): string {
  return /^\/\/!\s*name\s*:[ \t]?(.*)$/m.exec(text)?.[1] ?? '';
}

export function fileNameOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[^\w]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
  return `${plain || 'environment'}.environment.wgsl`;
}
