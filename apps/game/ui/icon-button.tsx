import type { IconName } from './icon.tsx';
import { Icon } from './icon.tsx';

export type IconButtonProps = {
  /** The accessible name, stable: tests and people find the button by it. */
  label: string;
  icon: IconName;
  shortcut?: string; // shown in the tooltip
  pressed?: boolean;
  className?: string;
  onClick: () => void;
};

export function IconButton(props: IconButtonProps) {
  const { label, icon, shortcut, pressed, className, onClick } = props;
  return (
    <button
      type="button"
      className={`icon-button ${className ?? ''}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${label} (${shortcut})` : label}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
