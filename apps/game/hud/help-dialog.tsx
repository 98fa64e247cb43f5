import { Dialog } from '@base-ui/react/dialog';
import { toggleTheme } from '../app/theme.ts';
import type { Game } from '../match/game.ts';
import { Modal } from '../ui/modal.tsx';

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['W', 'A', 'S', 'D'], 'Drive, in the direction you see'],
  [['↑', '←', '↓', '→'], 'Drive too (with a friend: orange)'],
  [['Space'], 'Spin: knock a ball beside you forward'],
  [['P', 'Esc'], 'Pause and go on'],
  [['R'], 'Restart the match'],
  [['N'], 'New match: size, opponents, length'],
  [['C'], 'Change the camera'],
  [['M'], 'Mute'],
  [['F'], 'Show the frame rate'],
  [['L'], 'Light or dark'],
  [['1', '2', '3'], 'Match, Data, Train'],
  [['?'], 'This help'],
];

export function HelpDialog({ game }: { game: Game }) {
  return (
    <Modal title="How to play" onClose={() => game.view.set({ dialog: null })}>
      <p>
        You drive the ringed blue robot. Put the ball into the orange goal: on the right, on an
        upright phone at the top. Run into the ball to kick it; its front is slightly hollow, so a
        ball you push stays with you.
      </p>
      <dl className="keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="soft">
        Game pad: left stick or cross drives, face buttons and shoulders spin, Start pauses. Touch:
        drag on the lower part of the pitch. A second pad drives the friend&rsquo;s robot.
      </p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => toggleTheme(game)}>
          Light or dark
        </button>
        <Dialog.Close className="button button-main">Got it</Dialog.Close>
      </div>
    </Modal>
  );
}
