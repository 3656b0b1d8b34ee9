import { literals } from './literals.ts'
import { type Member, partsOf, type SnippetCall, snake } from './members.ts'

const text = literals.python

/** The call with the AWS SDK for Python (Boto3). */
export function writePython(call: SnippetCall): string {
  const { region, endpoint, members, printed, remarks, hasKind, printsBytes } = partsOf(call)
  return [
    ...(printsBytes || hasKind('base64') ? ['import base64'] : []),
    ...(hasKind('file') ? ['from pathlib import Path'] : []),
    ...(printsBytes || hasKind('base64', 'file') ? [''] : []),
    'import boto3',
    '',
    '# The credentials come from the environment.',
    `client = boto3.client("kms", region_name=${text(region)}, endpoint_url=${text(endpoint)})`,
    '',
    ...remarks.map(remark => `# ${remark}`),
    `response = client.${snake(call.operation)}(`,
    ...members.map(member => `    ${member.name}=${expressionOf(member)},`),
    ')',
    ...printed.map(({ name, kind }) =>
      kind === 'bytes'
        ? `print(base64.b64encode(response["${name}"]).decode())`
        : `print(response["${name}"])`,
    ),
    '',
  ].join('\n')
}

function expressionOf(member: Member): string {
  switch (member.kind) {
    case 'text':
    case 'choice':
      return text(member.value)
    case 'utf8':
      return `${text(member.value)}.encode()`
    case 'base64':
      return `base64.b64decode(${text(member.value)})`
    case 'file':
      return `Path(${text(member.path)}).read_bytes()`
    case 'number':
      return String(member.value)
    case 'flag':
      return member.value ? 'True' : 'False'
    case 'list':
      return `[${member.value.map(text).join(', ')}]`
    case 'map':
      return `{${member.value.map(([key, value]) => `${text(key)}: ${text(value)}`).join(', ')}}`
  }
}
