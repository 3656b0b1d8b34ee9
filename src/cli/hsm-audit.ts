import {
  type AuditTarget,
  auditHsmTokens,
  findTokens,
  loadConfig,
  OperatorClient,
  type SettingValues,
  type TokenAudit,
} from '../app/index.ts'
import { OperatorError, shownText } from '../std/index.ts'
import { withPin } from './hsm-pin.ts'
import { type OptionValues, WrongCommand } from './subcommand.ts'

/** The forms of the command. */
export const auditForms = `keyward hsm audit --library LIBRARY --token LABEL [--pin-file PATH] [--json]
keyward hsm audit --cluster ID [--pin-file PATH] [--json]`

/** Prints the keys of tokens, and the findings. The exit status is 1 if there is a finding, or a token that cannot be read. */
export async function audit(
  flags: SettingValues,
  operands: readonly string[],
  options: OptionValues,
): Promise<void> {
  if (operands.length > 0) throw new WrongCommand('keyward hsm audit takes no arguments.', auditForms)
  const target = targetOf(options)
  const config = loadConfig(flags)
  // A PIN is not asked for in vain.
  findTokens(config, target)
  const pinFile = options['pin-file']?.at(-1)
  const whose = 'clusterId' in target ? `the tokens of ${target.clusterId}` : `the token ${target.token}`
  // The server alone knows the PIN of HSMs to which it is connected.
  const ofServer =
    'clusterId' in target && pinFile === undefined
      ? await new OperatorClient(config).auditCluster(target.clusterId)
      : undefined
  const found = ofServer ?? (await withPin(whose, pinFile, pin => auditHsmTokens(config, target, pin)))
  process.stdout.write(
    options['json'] === undefined ? textOf(found, target) : `${JSON.stringify(found, undefined, 2)}\n`,
  )
  const unread = found.tokens.filter(token => 'problem' in token).length
  if (unread > 0) throw new OperatorError(`${unread} of ${found.tokens.length} tokens could not be read.`)
  if (found.findings.length > 0) process.exitCode = 1
}

function targetOf(options: OptionValues): AuditTarget {
  const [clusterId, library, token] = ['cluster', 'library', 'token'].map(name => options[name]?.at(-1))
  if (clusterId !== undefined && library === undefined && token === undefined) return { clusterId }
  if (clusterId === undefined && library !== undefined && token !== undefined) return { library, token }
  throw new WrongCommand('keyward hsm audit needs --library and --token, or --cluster.', auditForms)
}

function summaryOf(tokens: TokenAudit['tokens'], findings: number): string {
  const unread = tokens.filter(token => 'problem' in token).length
  const found = findings === 0 ? 'No findings.' : `${findings} findings.`
  return unread === 0 ? found : `${found} ${unread} of ${tokens.length} tokens were not read.`
}

type AuditedToken = TokenAudit['tokens'][number]
type AuditedKey = Extract<AuditedToken, { readonly keys: unknown }>['keys'][number]

function textOf({ tokens, findings }: TokenAudit, target: AuditTarget): string {
  const holders = new Map(
    tokens.flatMap(token =>
      'keys' in token && token.transportKey !== undefined
        ? [[token.transportKey, `the transport key of ${token.label} of ${token.library}`] as const]
        : [],
    ),
  )
  const lines = [
    ...tokens.flatMap(token => linesOfToken(token, holders)),
    ...('library' in target
      ? ['Trusted keys were not compared with the transport keys of other tokens: --cluster does that.']
      : []),
    ...findings.map(({ library, token, text }) => `FINDING ${token} of ${library}: ${text}.`),
    summaryOf(tokens, findings.length),
  ]
  return lines.map(line => `${shownText(line)}\n`).join('')
}

function linesOfToken(token: AuditedToken, holders: ReadonlyMap<string, string>): string[] {
  const head = `${token.label} of ${token.library}`
  if ('problem' in token) return [head, `  not read: ${token.problem}`]
  const { manufacturer, model, serial, keys, transportKey = 'none' } = token
  return [
    head,
    `  made by ${manufacturer}, model ${model}, serial ${serial}`,
    `  transport key: ${transportKey}`,
    ...keys.flatMap(key => linesOfKey(key, holders)),
  ]
}

function linesOfKey(key: AuditedKey, holders: ReadonlyMap<string, string>): string[] {
  const { class: kind, type, label, id, flags, fingerprint } = key
  const set = Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [wordsOf(name)] : []))
  const isTrusted = flags.trusted === true
  const whose = fingerprint === undefined ? undefined : holders.get(fingerprint)
  return [
    `  ${isTrusted ? 'TRUSTED ' : ''}${kind} key, ${type}: ${label}`,
    `    id ${id === '' ? 'none' : id}`,
    ...(fingerprint === undefined
      ? []
      : [`    SHA-256 ${fingerprint}${whose === undefined ? '' : `, ${whose}`}`]),
    `    ${set.length === 0 ? 'no attribute is true' : set.join(', ')}`,
  ]
}

/** The words of pkcs11-tool: `neverExtractable` is "never extractable". */
const wordsOf = (name: string) => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
