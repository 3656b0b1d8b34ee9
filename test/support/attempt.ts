import assert from 'node:assert/strict'
import * as client from '@aws-sdk/client-kms'
import type { TestCredentials } from './clients.ts'

type AnyCommand = Parameters<client.KMSClient['send']>[0]
type Commands = Readonly<Record<string, new (input: object) => AnyCommand>>

export interface AttemptOptions {
  readonly credentials: TestCredentials
  readonly region?: string
  /** Signed with the request, as an AWS service would. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Tries an operation with the real SDK. Answers `allowed`, or why it was denied; whatever else comes of it, it was allowed. */
export async function attempt(
  server: { readonly url: string },
  operation: string,
  input: object,
  { credentials, region = 'us-east-1', headers = {} }: AttemptOptions,
): Promise<string> {
  try {
    await send(server, operation, input, { credentials, region, headers })
    return 'allowed'
  } catch (error) {
    assert.ok(error instanceof client.KMSServiceException, String(error))
    return error.name === 'AccessDeniedException' ? error.message : 'allowed'
  }
}

/** The same for what must succeed; its answer. */
export async function send(
  server: { readonly url: string },
  operation: string,
  input: object,
  { credentials, region = 'us-east-1', headers = {} }: AttemptOptions,
): Promise<Record<string, unknown>> {
  const sdk = new client.KMSClient({ endpoint: server.url, maxAttempts: 1, credentials, region })
  sdk.middlewareStack.add(
    next => args => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers)
      return next(args)
    },
    { step: 'build' },
  )
  const Command = (client as unknown as Commands)[`${operation}Command`] ?? assert.fail(operation)
  return (await sdk.send(new Command(input) as never)) as unknown as Record<string, unknown>
}

/** Asserts that it is allowed with one value of a condition and denied with another. */
export function checkBoth(outcomes: { right: string; wrong: string }, denial: string | RegExp): void {
  assert.equal(outcomes.right, 'allowed')
  if (typeof denial === 'string') assert.equal(outcomes.wrong, denial)
  else assert.match(outcomes.wrong, denial)
}
