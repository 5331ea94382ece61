/** Installs promptfoo ahead of time. */
import { installPromptfoo } from './setup.mjs';

installPromptfoo();
