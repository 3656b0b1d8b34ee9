import type { ExternalDraft } from './external-draft.ts'
import { prefixOf } from './external-draft.ts'

/** The largest file that is read. */
export const proxyFileMaxBytes = 16 * 1024

/**
 * Reads a proxy configuration file: a JSON object with `XksProxyUriPath` and `XksProxyAuthenticationCredential` (AWS KMS developer
 * guide, "Create an external key store"). Throws Error with a text for the form.
 */
export function readProxyFile(text: string): Pick<ExternalDraft, 'pathPrefix' | 'accessKeyId' | 'secret'> {
  const file = membersOf(parsed(text))
  const credential = membersOf(file?.['XksProxyAuthenticationCredential'])
  const values = [file?.['XksProxyUriPath'], credential?.['AccessKeyId'], credential?.['RawSecretAccessKey']]
  const [path, accessKeyId, secret] = values
  if (typeof path !== 'string' || typeof accessKeyId !== 'string' || typeof secret !== 'string')
    throw new Error(
      'The file needs XksProxyUriPath, and XksProxyAuthenticationCredential with AccessKeyId and RawSecretAccessKey.',
    )
  return { pathPrefix: prefixOf(path), accessKeyId, secret }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The words of the parser would show parts of the file, which has a secret.
    throw new Error('The file is not JSON.')
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}
