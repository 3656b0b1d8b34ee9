import type { ConnectionStateType, CustomKeyStoresListEntry } from '@aws-sdk/client-kms'

/** An act on a custom key store. */
export type StoreAct = 'connect' | 'disconnect' | 'edit' | 'delete'

/** Whether the server is at work on the connection, so that its state changes soon. */
export const isMoving = ({ ConnectionState: state }: CustomKeyStoresListEntry) =>
  state === 'CONNECTING' || state === 'DISCONNECTING'

const disconnectFirst = 'Disconnect the key store first.'
const isComing = 'Wait until the key store is disconnected.'

/** Why an act is not possible in a state (API reference, "CustomKeyStoreInvalidStateException"). */
const faults: Readonly<Record<StoreAct, Readonly<Partial<Record<ConnectionStateType, string>>>>> = {
  connect: {
    CONNECTED: 'The key store is connected.',
    CONNECTING: 'The key store is connecting.',
    FAILED: disconnectFirst,
    DISCONNECTING: isComing,
  },
  disconnect: { DISCONNECTED: 'The key store is disconnected.', DISCONNECTING: isComing },
  edit: { CONNECTING: disconnectFirst, FAILED: disconnectFirst, DISCONNECTING: isComing },
  delete: {
    CONNECTED: disconnectFirst,
    CONNECTING: disconnectFirst,
    FAILED: disconnectFirst,
    DISCONNECTING: isComing,
  },
}

/** The reason why an act is not possible now; undefined if it is. */
export function actFault(act: StoreAct, { ConnectionState: state }: CustomKeyStoresListEntry) {
  return state === undefined ? undefined : faults[act][state]
}

/** The reason why no key can be made in a store now; undefined if one can. */
export function newKeyFault({ ConnectionState: state }: CustomKeyStoresListEntry): string | undefined {
  return state === 'CONNECTED' ? undefined : 'Keys can be made in a connected key store alone.'
}
