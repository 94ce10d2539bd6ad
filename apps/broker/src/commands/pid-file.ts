/** The file that says which process a running mqttd is: it moves or goes while that runs. Knows no file system. */

/** What is to be done, or not. */
interface Move {
  /** Takes the old file away. */
  readonly apply: () => void;
  /** Takes the new file away. */
  readonly undo: () => void;
}

/** The file with the process id. */
export class PidFile {
  /** Undefined: there is none. */
  file: string | undefined;
  #remove: () => void = () => undefined;
  readonly #write: (file: string) => () => void;

  /** @param write writes one; returns what takes it away again */
  constructor(write: (file: string) => () => void) {
    this.#write = write;
  }

  /** Writes it to `file`, or nowhere. @throws the system's error */
  move(file: string | undefined): Move {
    const undo = file === undefined ? () => undefined : this.#write(file);
    const apply = (): void => {
      this.#remove();
      this.file = file;
      this.#remove = undo;
    };
    return { apply, undo };
  }

  /** The process ends. */
  remove(): void {
    this.#remove();
  }
}
