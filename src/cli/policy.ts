import { callServer, checkPolicyFile, loadConfig, type PolicyFinding, policyKinds } from '../app/index.ts'
import { OperatorError } from '../std/index.ts'
import type { OptionValues, Subcommand } from './subcommand.ts'

const usage =
  'Say what to do: policy check FILE --kind key, or policy explain --principal ARN --action kms:Decrypt --key alias/orders.'

export const policy: Subcommand = {
  summary: 'policy check FILE, before it is put; policy explain, why somebody may do something or not',
  operands: 2,
  options: {
    kind: `check: what policy it is: ${policyKinds.join(', ')}; key when not said`,
    principal: 'explain: the ARN of a user, a role, a session of a role or the account (root)',
    action: 'explain: of AWS KMS, such as kms:Decrypt',
    key: 'explain: a key id, ARN or alias; none for actions that are about no key',
    condition: 'explain: what a request says, such as aws:SourceIp=10.0.0.1; may be given again',
    json: 'explain: true for the whole answer as JSON',
  },
  async run(flags, [action, path], options): Promise<void> {
    if (action === 'check' && path !== undefined) check(path, options)
    else if (action === 'explain' && path === undefined) {
      const answer = await callServer(loadConfig(flags), 'ExplainAccess', readQuestion(options))
      const isJson = lastOf(options, 'json') === 'true'
      const { Text: text } = answer as { Text: string }
      process.stdout.write(`${isJson ? JSON.stringify(answer, null, 2) : text}\n`)
    } else throw new OperatorError(usage)
  },
}

const lastOf = (options: OptionValues, name: string) => options[name]?.at(-1)

function check(path: string, options: OptionValues): void {
  const findings = checkPolicyFile(path, lastOf(options, 'kind') ?? 'key')
  process.stdout.write(findings.map(renderFinding).join('') || 'The policy has no faults.\n')
  if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1
}

function renderFinding({ severity, code, place, message }: PolicyFinding): string {
  return `${severity} ${code}${place === '' ? '' : `, ${place}`}: ${message}\n`
}

function readQuestion(options: OptionValues): object {
  const [principal, action] = [lastOf(options, 'principal'), lastOf(options, 'action')]
  if (principal === undefined || action === undefined) throw new OperatorError(usage)
  const conditions = new Map<string, string[]>()
  for (const text of options['condition'] ?? []) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === '') throw new OperatorError(`'${text}' is no condition such as aws:SourceIp=10.0.0.1.`)
    conditions.set(name, [...(conditions.get(name) ?? []), value])
  }
  return {
    Principal: principal,
    Action: action,
    KeyId: lastOf(options, 'key'),
    ContextEntries: Array.from(conditions, ([name, values]) => ({
      ContextKeyName: name,
      ContextKeyValues: values,
    })),
  }
}
