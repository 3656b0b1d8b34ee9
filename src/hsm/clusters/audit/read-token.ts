import type { LoginLimit } from '../../pkcs11/login-limit.ts'
import { countedPin, type Pin, readPin } from '../../pkcs11/pin-source.ts'
import { TokenProblem } from '../../pkcs11/problem.ts'
import { userOf } from '../joining/token-login.ts'
import type { TokenAddress, TokenGateway, TokenGateways } from '../token-gateway.ts'
import type { ReadToken } from './findings.ts'

/** A token that could not be read. */
export interface UnreadToken {
  readonly library: string
  readonly label: string
  /** A part of a sentence. */
  readonly problem: string
}

/** A token, and the name of its library in the settings. */
export interface NamedAddress extends TokenAddress {
  readonly library: string
}

/** Logs in to a token and reads its keys. Throws OperatorError if there is no PIN. */
export async function readToken(
  gateways: TokenGateways,
  address: NamedAddress,
  pin: Pin,
  limit: LoginLimit,
): Promise<ReadToken | UnreadToken> {
  const { library, label } = address
  let gateway: TokenGateway | undefined
  try {
    gateway = await gateways.open(address)
    await gateway.login(countedPin(limit, userOf(address), () => readPin(pin)))
    return await readOpen(gateway, address)
  } catch (error) {
    if (!(error instanceof TokenProblem)) throw error
    return { library, label, problem: error.message }
  } finally {
    await gateway?.close()
  }
}

/** Reads the keys of a token that its user is logged in to. Rejects with TokenProblem. */
export async function readOpen(
  gateway: TokenGateway,
  { library, label }: Pick<NamedAddress, 'library' | 'label'>,
): Promise<ReadToken> {
  const { manufacturer, model, serial } = await gateway.describe()
  const keys = await gateway.keys()
  return { library, label, manufacturer, model, serial, ...(await readTransportKey(gateway)), keys }
}

async function readTransportKey(
  gateway: TokenGateway,
): Promise<Pick<ReadToken, 'transportKey' | 'transportProblem'>> {
  try {
    return { transportKey: (await gateway.transportKey())?.fingerprint }
  } catch (error) {
    const isUnfit =
      error instanceof TokenProblem && (error.code === 'UnfitKey' || error.code === 'SeveralKeys')
    if (!isUnfit) throw error
    return { transportKey: undefined, transportProblem: error.message }
  }
}
