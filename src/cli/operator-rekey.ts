import type { OperatorClient, OperatorStatus, RekeyDone, RekeyResult } from '../app/index.ts'
import { equalConstantTime, type Json, OperatorError, shownText } from '../std/index.ts'
import { keepers } from './operator-status.ts'
import { giveLines, isInteractive, readNewPassphrase, readSecret } from './terminal.ts'

/** How the root key is to be kept from now on; undefined for as it is now. */
export interface RekeyWish {
  readonly to: string | undefined
  readonly quorum: Readonly<Record<string, Json>>
}

/** Replaces the root key. New shares are confirmed before anything changes. Throws OperatorError. */
export async function rekey(client: OperatorClient, wish: RekeyWish): Promise<void> {
  const status = await client.status()
  if (status.state !== 'open')
    throw new OperatorError('The server is sealed. Unseal it first, with keyward operator unseal.')
  const given = await readPresentSecrets(status)
  const missing =
    given.length > 0
      ? `There is no new passphrase. Standard input has the present ${status.provider === 'shares' ? 'shares' : 'passphrase'} first, and the new passphrase on the next line.`
      : undefined
  const next = needsNewPassphrase(status, wish) ? [await readNewPassphrase('New passphrase', missing)] : []
  const args = { ...wish.quorum, ...(wish.to === undefined ? {} : { to: wish.to }) }
  const result = await client.rekey(args, given, next)
  if (result.done !== undefined) return report(result.done)
  const { shares = [], confirmed } = result
  const need = confirmed?.need ?? shares.length
  printShares(shares, `the new root key, ${need} of which will open it`)
  // On the screen before the first prompt, where a person may stop.
  process.stdout.write(
    `Nothing has changed yet. Confirm ${need} of the new shares ${isInteractive() ? 'now, or ' : ''}within an hour: give them, one a line, to keyward operator rekey --verify.\n`,
  )
  if (isInteractive()) await confirmTyped(client, confirmed)
}

/** Confirms new shares until there are enough, or no more. Throws OperatorError; the shares that were confirmed stay confirmed. */
export async function confirm(client: OperatorClient): Promise<void> {
  if (isInteractive()) return await confirmTyped(client, (await client.status()).newShares)
  const { done, confirmed } = await giveLines(
    share => client.confirmShare(share),
    result => result.done !== undefined,
  )
  if (done !== undefined) return report(done)
  process.stdout.write(
    `${confirmed?.have} of ${confirmed?.need} new shares are confirmed. Nothing has changed yet: give the others to keyward operator rekey --verify.\n`,
  )
}

async function confirmTyped(client: OperatorClient, confirmed: RekeyResult['confirmed']): Promise<void> {
  for (let count = confirmed; ; ) {
    const number = count === undefined ? '' : ` ${count.have + 1} of ${count.need}`
    const share = await readSecret(`New share${number}: `)
    try {
      const result = await client.confirmShare(share)
      if (result.done !== undefined) return report(result.done)
      count = result.confirmed
    } catch (error) {
      if (!(error instanceof OperatorError) || !isAboutShare(error)) throw error
      process.stderr.write(`${shownText(error.message)}\n`)
    }
  }
}

/** Whether a different share may still be given. */
function isAboutShare(error: OperatorError): boolean {
  const { code } = error as { readonly code?: unknown }
  return ['WrongShare', 'ShareTwice', 'ForeignShare', 'UnreadableShare'].includes(String(code))
}

async function readPresentSecrets({ provider, opensItself, quorum }: OperatorStatus): Promise<Buffer[]> {
  if (opensItself) return []
  if (provider === 'passphrase') return [await readSecret('Present passphrase: ')]
  const secrets: Buffer[] = []
  const need = quorum?.threshold ?? 0
  let missing: string | undefined
  while (secrets.length < need) {
    const share = await readSecret(`Present share ${secrets.length + 1} of ${need}: `, missing)
    if (!secrets.some(other => equalConstantTime(other, share))) {
      secrets.push(share)
      continue
    }
    share.fill(0)
    missing = `A share was given twice: ${secrets.length} of ${need} shares.`
    if (isInteractive()) process.stderr.write(`${missing}\n`)
  }
  return secrets
}

function needsNewPassphrase({ provider, opensItself }: OperatorStatus, { to, quorum }: RekeyWish): boolean {
  if (to !== undefined) return to === 'passphrase:'
  return provider === 'passphrase' && !opensItself && Object.keys(quorum).length === 0
}

/** Prints shares for the operators who keep them. They are shown this once. `owner` says what they open. */
export function printShares(shares: readonly string[], owner: string): void {
  process.stdout.write(
    `${shares.join('\n')}\n\nThese are the shares of ${owner}. They are not shown again: give each to a different person.\n`,
  )
}

function report({ provider, rootKeyId, setting, oldRootKey, problem }: RekeyDone): void {
  process.stdout.write(
    `The root key is replaced. The new one is ${rootKeyId}, kept by ${keepers[provider]}.\n`,
  )
  if (setting !== undefined) process.stdout.write(`Before the next start, set KEYWARD_ROOT_KEY=${setting}\n`)
  process.stdout.write(
    `Older backups need the old root key${oldRootKey === undefined ? '' : placeOf(oldRootKey)}. Take a backup now, and destroy the old root key with the last older backup.\n`,
  )
  // A credential of systemd is never put aside: the unit names its file.
  if (problem === undefined || isCredential(oldRootKey)) return
  process.stderr.write(`keyward: The root key is replaced. ${problem}\n`)
  process.exitCode = 1
}

const isCredential = (path: string | undefined) => path?.startsWith('/run/credentials/') === true

/** systemd makes the files of its credentials at each start of a service, from files that its unit names. */
export function placeOf(oldRootKey: string): string {
  const [, name] = /^\/run\/credentials\/[^/]+\/([^/]+)$/.exec(oldRootKey) ?? []
  return name === undefined
    ? `, which is in ${oldRootKey}`
    : `: keep the file that LoadCredential=${name} of the unit names`
}
