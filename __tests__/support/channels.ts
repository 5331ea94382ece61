import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterTest } from './cleanup';

export interface CallMessage {
  id?: number;
  function?: string;
  script: string;
  code?: string;
  waitTime: number;
  worker?: number;
  runTime?: number;
}

export interface WorkerMessage {
  index: number;
  pid: number | null;
  state: string;
  script: string;
}

interface Messages {
  call: CallMessage;
  worker: WorkerMessage;
}

/** What a channel of the package publishes from now on, until `stop` is called or the test ends. */
export function subscribed<N extends keyof Messages>(
  name: N,
): { messages: Messages[N][]; stop: () => void } {
  const channel = `python-worker-pool:${name}`;
  const messages: Messages[N][] = [];
  const receive = (message: unknown) => {
    messages.push(message as Messages[N]);
  };
  subscribe(channel, receive);
  const stop = () => {
    unsubscribe(channel, receive);
  };
  afterTest(stop);
  return { messages, stop };
}
