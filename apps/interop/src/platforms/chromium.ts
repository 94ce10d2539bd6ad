/**
 * Where Chromium is: under the name that Debian gives it, or another's.
 */
import { findProgram } from '../peers/program.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const HOW_TO_INSTALL = 'apt-get install chromium (Debian), brew install chromium (macOS)';

/** The program. @throws {Error} that says how to install it */
export function chromiumPath(): string {
  for (const name of NAMES) {
    try {
      return findProgram(name, HOW_TO_INSTALL);
    } catch {
      // under another name, perhaps
    }
  }
  throw new Error(`chromium is not installed: ${HOW_TO_INSTALL}`);
}
