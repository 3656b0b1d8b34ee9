import { fromBase64Url } from '../model/bytes/base64.ts'

/** The claims of an ID token that a sign-in looks at (OpenID Connect Core 1.0, 2). */
export interface IdToken {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly nonce: string | undefined
  /** A name of the person: the e-mail address, the user name, or else the subject. */
  readonly name: string
}

/** Reads the claims of an ID token without checking its signature, which the server does. Throws Error for what is none. */
export function readIdToken(text: string): IdToken {
  try {
    const [, claims = '', ...rest] = text.split('.')
    const parsed: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(fromBase64Url(claims)),
    )
    if (typeof parsed !== 'object' || parsed === null || rest.length !== 1) throw new Error('no token')
    const member = (name: string) => {
      const value: unknown = (parsed as Record<string, unknown>)[name]
      return typeof value === 'string' && value !== '' ? value : undefined
    }
    const { aud } = parsed as { readonly aud?: unknown }
    return {
      issuer: member('iss') ?? '',
      audiences: [aud].flat().filter(item => typeof item === 'string'),
      nonce: member('nonce'),
      name: member('email') ?? member('preferred_username') ?? member('sub') ?? '',
    }
  } catch {
    throw new Error('The identity provider returned no ID token that can be read.')
  }
}
