import { list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/** Returns information about all channels in the current account: there are none. */
export const ListChannels = operation({
  name: 'ListChannels',
  effect: 'read',
  input: structure({}),
  output: structure({ Channels: list(string()) }),
  handle: () => ({ Channels: [] }),
})
