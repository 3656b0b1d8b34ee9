import type { OperatorStatus } from '../app/index.ts'
import { isoSecond, shownText } from '../std/index.ts'

type Row = readonly [name: string, text: string]

const states: Readonly<Record<OperatorStatus['state'], string>> = {
  uninitialized: 'sealed, without a root key: make one with keyward operator init',
  sealed: 'sealed: open it with keyward operator unseal',
  open: 'open',
}

/** The kinds of keepers of a root key, for sentences. */
export const keepers: Readonly<Record<OperatorStatus['provider'], string>> = {
  file: 'a file',
  passphrase: 'a passphrase',
  shares: 'shares',
  kms: 'a KMS key',
  pkcs11: 'a key in a PKCS#11 token',
}

/** Renders the status of a server as lines for people. */
export function renderStatus(status: OperatorStatus): string {
  const { state, provider, rootKeyId, shares, quorum, newShares, problem, lastBackup } = status
  const rows: Row[] = [
    ['State', states[state]],
    [
      'Root key',
      `${rootKeyId === undefined ? '' : `${rootKeyId}, `}kept by ${keepers[provider]}${quorumText(quorum)}`,
    ],
    ...(shares === undefined ? [] : [['Shares given', `${shares.have} of ${shares.need}`] as const]),
    ...(newShares === undefined
      ? []
      : [
          [
            'New shares',
            `${newShares.have} of ${newShares.need} confirmed; the root key changes with the last: keyward operator rekey --verify`,
          ] as const,
        ]),
    ...(problem === undefined ? [] : [['Problem', problem] as const]),
    ...status.domainKeys.map(domainKeyRow),
    ...rewrapRows(status),
    ...(lastBackup === undefined ? [] : [['Last backup', `${lastBackup.at}, ${lastBackup.place}`] as const]),
  ]
  return rows.map(([name, text]) => `${`${name}:`.padEnd(14)} ${shownText(text)}\n`).join('')
}

function quorumText(quorum: OperatorStatus['quorum']): string {
  return quorum === undefined ? '' : `, ${quorum.threshold} of ${quorum.shares}`
}

function domainKeyRow({ domain, version, state, createdAt }: OperatorStatus['domainKeys'][number]): Row {
  const since = createdAt === null ? '' : `, made ${isoSecond(createdAt)}`
  return ['Domain key', `${domain}, version ${version}, ${state}${since}`]
}

function rewrapRows({ rewrap }: OperatorStatus): Row[] {
  if (rewrap === undefined) return []
  const { phase, done, total, domains, broken } = rewrap
  const percent = Math.floor((done / Math.max(total, 1)) * 100)
  const phases: Readonly<Record<typeof phase, string>> = {
    rewrapping: `${done} of ${total} entities are under the new domain keys (${percent} %)`,
    checking: 'all entities are under the new domain keys; that is checked',
    waiting: 'done; the old domain key of global stays until session tokens under it have expired',
  }
  const rows: Row[] = [
    ['Re-wrapping', `${domains.join(', ')}, since ${isoSecond(rewrap.startedAt)}: ${phases[phase]}`],
  ]
  if (broken.length > 0)
    rows.push(['', `these do not verify and keep the old domain key: ${broken.join(', ')}`])
  return rows
}
