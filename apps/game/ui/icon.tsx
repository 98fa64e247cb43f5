/** Line icons, 20 by 20, drawn in the colour of the text. Decoration: the button carries the name. */

const PATHS = {
  pause: 'M7 4v12M13 4v12',
  play: 'M6.5 4.2v11.6L15.5 10z',
  restart: 'M4.5 10a5.5 5.5 0 1 0 1.8-4.1M4.2 3.2v3.6h3.6',
  camera: 'M2.8 6.5h3l1.2-2h6l1.2 2h3v9.2H2.8zM10 13.4a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z',
  sound: 'M3 8v4h2.8L9.5 15V5L5.8 8zM12.4 7.4a3.6 3.6 0 0 1 0 5.2M14.7 5.2a6.8 6.8 0 0 1 0 9.6',
  muted: 'M3 8v4h2.8L9.5 15V5L5.8 8zM12.8 8l4 4M16.8 8l-4 4',
  help: 'M7.4 7.4a2.7 2.7 0 1 1 3.9 2.4c-.8.4-1.3.9-1.3 2M10 15v.2',
  close: 'M5 5l10 10M15 5L5 15',
  more: 'M4.5 10h.1M10 10h.1M15.5 10h.1',
  data: 'M3.5 5.5c0-1.4 13-1.4 13 0v9c0 1.4-13 1.4-13 0zM3.5 5.5c0 1.4 13 1.4 13 0M3.5 10c0 1.4 13 1.4 13 0',
  train: 'M3 16V4M3 16h14M5.5 13c3-.2 3.6-7 10.5-7.4',
  match: 'M2.8 4.5h14.4v11H2.8zM10 4.5v11M10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  back: 'M11.5 4.5L6 10l5.5 5.5',
  step: 'M5 5v10l7-5zM14.5 5v10',
  stepBack: 'M15 5v10l-7-5zM5.5 5v10',
  download: 'M10 3.5v9M6.5 9.2l3.5 3.4 3.5-3.4M4 16h12',
  trash: 'M4.5 6h11M8 6V4.2h4V6M6 6l.7 10h6.6L14 6',
  new: 'M10 4v12M4 10h12',
  theme: 'M10 3.5a6.5 6.5 0 1 0 0 13zM10 3.5a6.5 6.5 0 0 1 0 13',
  stop: 'M5.5 5.5h9v9h-9z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
