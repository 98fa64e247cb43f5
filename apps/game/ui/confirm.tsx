/** Asks before something is lost. The safe answer has the focus. */
import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useRef } from 'react';

export type ConfirmProps = {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
};

export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps) {
  const safe = useRef<HTMLButtonElement>(null);
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small" initialFocus={safe}>
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description>{text}</AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Close ref={safe} className="button">
              Cancel
            </AlertDialog.Close>
            <button
              type="button"
              className="button button-alert"
              onClick={() => {
                onConfirm();
                onClose();
              }}
            >
              {action}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
