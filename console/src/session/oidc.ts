import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { toBase64Url } from '../model/bytes/base64.ts'
import { callbackUri, currentPlace, leaveFor, returnTo, takeAnswer } from '../route/callback.ts'
import { sts } from '../wire/sts.ts'
import { redeemCode } from '../wire/token-endpoint.ts'
import { now } from './clock.ts'
import { anonymous, temporaryCredentials } from './credentials.ts'
import { type IdToken, readIdToken } from './id-token.ts'
import { type Issuer, serverConfig } from './server-config.ts'
import { signIn } from './sign-in.ts'
import { keepPending, type PendingSignIn, takePending } from './stored.ts'
import { sessionNameOf } from './switch-role.ts'

// The sign-in with an identity provider: the authorization code flow (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636).

/** How long a person may take at the identity provider, in milliseconds. */
const pendingMax = 10 * 60_000

/** Leaves for the identity provider. */
export function startSignIn(issuer: Issuer, role: string, { keeps }: { readonly keeps: boolean }): void {
  const [state, verifier, nonce] = [randomText(), randomText(), randomText()]
  keepPending({
    ...{ state, verifier, nonce, role, keeps },
    ...{ issuer: issuer.issuer, place: currentPlace(), startedAt: now().getTime() },
  })
  const url = new URL(issuer.authorizationEndpoint)
  const parameters = {
    ...{ response_type: 'code', client_id: issuer.clientId, redirect_uri: callbackUri() },
    ...{ scope: issuer.scopes.join(' '), state, nonce },
    ...{ code_challenge: toBase64Url(sha256(utf8ToBytes(verifier))), code_challenge_method: 'S256' },
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  leaveFor(url.href)
}

/** Ends a sign-in that the identity provider returned from: gets the token, and takes on the role. Throws ApiError or Error. */
export async function finishSignIn(): Promise<void> {
  const returned = takeAnswer()
  const pending = takePending()
  if (pending !== undefined) returnTo(pending.place)
  const { issuer, started } = checkReturn(returned, pending)
  const text = await redeemCode(issuer.tokenEndpoint, {
    ...{ grant_type: 'authorization_code', code: returned.get('code') ?? '' },
    ...{ redirect_uri: callbackUri(), client_id: issuer.clientId, code_verifier: started.verifier },
  })
  const token = readIdToken(text)
  checkToken(token, issuer, started.nonce)
  const { Credentials: answered } = await sts.assumeRoleWithWebIdentity(
    { RoleArn: started.role, RoleSessionName: sessionNameOf(token.name), WebIdentityToken: text },
    { credentials: anonymous, region: serverConfig().defaultRegion },
  )
  await signIn(temporaryCredentials(answered), started)
}

function checkReturn(returned: URLSearchParams, pending: PendingSignIn | undefined) {
  const issuer = serverConfig().issuers.find(({ issuer: name }) => name === pending?.issuer)
  if (pending === undefined || issuer === undefined || returned.get('state') !== pending.state)
    throw new Error('This answer belongs to no sign-in of this tab. Sign in again.')
  if (now().getTime() - pending.startedAt > pendingMax)
    throw new Error('The sign-in took more than ten minutes. Sign in again.')
  // RFC 9207: an answer of a different identity provider, if this one names itself.
  if (![null, issuer.issuer].includes(returned.get('iss')))
    throw new Error('The answer is of a different identity provider.')
  const error = returned.get('error')
  if (error !== null) throw new Error(`${issuer.name} refused: ${returned.get('error_description') ?? error}`)
  if (returned.get('code') === null) throw new Error(`${issuer.name} returned no code.`)
  return { issuer, started: pending }
}

/** Checks the claims that make a token an answer to this sign-in. The server checks the signature and the rest. */
function checkToken(token: IdToken, issuer: Issuer, nonce: string): void {
  if (token.issuer !== issuer.issuer || !token.audiences.includes(issuer.clientId) || token.nonce !== nonce)
    throw new Error('The ID token belongs to a different sign-in.')
}

const randomText = () => toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
