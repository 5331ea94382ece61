/** Gets promptfoo, for those who do not want to wait for it later. */
import { installPromptfoo } from './setup.mjs';

installPromptfoo();
