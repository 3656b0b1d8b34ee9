import type { LogParts } from '../audit.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'
import type { Front } from './front.ts'
import { findKeeper, type Keeper, settingToSet } from './keeper.ts'
import type { Addresses, StartHelp } from './open-at-start.ts'
import { type OpenServer, unseal } from './open-server.ts'
import { SealGate } from './seal-gate.ts'

/** The parts of a server that its gate works with. */
export interface GateParts {
  readonly logParts: LogParts
  readonly keeper: Keeper
  /** Undefined if the server started sealed. */
  readonly state: State | undefined
  readonly help: StartHelp
  readonly addresses: Addresses
  /** Answers all further requests with other parts. Never rejects. */
  serveWith(opened: OpenServer): Promise<void>
  /** Closes the server. */
  close(): Promise<void>
}

/** Opens the gate of a server. A sealed server that needs no operator begins to try again. */
export function openGate(base: Base, front: Front, parts: GateParts): SealGate {
  const { log, cleanup } = base
  const { logParts, keeper, state, help } = parts
  const gate = new SealGate({
    ...{ front, keeper, state },
    async open(inUse) {
      const opened = await unseal(base, front, inUse, logParts)
      await parts.serveWith(opened)
      log.info('unsealed')
      return opened.state
    },
    record: (eventName, details) => logParts.auditLog.append(logParts.render(eventName, details)),
    findKeeper: quorum => findKeeper(base, front, quorum),
    restart: restartOf(base, parts),
    onFailedAttempt: error => log.error({ err: error }, 'the root key cannot be opened; it is tried again'),
  })
  cleanup.add(() => gate.close())
  if (state === undefined && help.isSealed !== true && keeper.provider.opensItself) gate.retry()
  return gate
}

/** The answer to the operator leaves before the server closes. */
function restartOf(
  { log, config }: Base,
  { help, addresses, close }: GateParts,
): ((keeper: Keeper) => void) | undefined {
  const { restartSealed } = help
  if (restartSealed === undefined) return undefined
  const restart = async (keeper: Keeper) => {
    // Whatever fails, the memory of this process must not stay.
    await close().catch(error => log.error({ err: error }, 'a part could not be closed'))
    restartSealed(addresses, settingToSet(config, keeper, config.dataDirectory))
  }
  return keeper => void setImmediate(() => void restart(keeper))
}
