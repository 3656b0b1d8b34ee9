import { literals } from './literals.ts'
import { camel, type Member, partsOf, type SnippetCall } from './members.ts'

const text = literals.go

/** The call with the AWS SDK for Go v2, as gofmt writes it. */
export function writeGo(call: SnippetCall): string {
  const { region, endpoint, members, printed, remarks } = partsOf(call)
  const { operation } = call
  return [
    ...['package main', '', 'import (', ...importsOf(call), ')', '', 'func main() {'],
    '\tctx := context.Background()',
    '',
    '\t// The credentials come from the environment.',
    `\tcfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(${text(region)}))`,
    ...onError,
    '\tclient := kms.NewFromConfig(cfg, func(o *kms.Options) {',
    `\t\to.BaseEndpoint = aws.String(${text(endpoint)})`,
    '\t})',
    '',
    ...remarks.map(remark => `\t// ${remark}`),
    ...members.flatMap(prepared),
    ...inputOf(operation, members),
    ...onError,
    ...printed.map(({ name, kind }) =>
      kind === 'bytes'
        ? `\tfmt.Println(base64.StdEncoding.EncodeToString(response.${name}))`
        : `\tfmt.Println(response.${name})`,
    ),
    ...['}', ''],
  ].join('\n')
}

const onError = ['\tif err != nil {', '\t\tlog.Fatal(err)', '\t}']

function importsOf(call: SnippetCall): string[] {
  const { hasKind, printsBytes } = partsOf(call)
  const standard = [
    'context',
    ...(printsBytes || hasKind('base64') ? ['encoding/base64'] : []),
    ...['fmt', 'log'],
    ...(hasKind('file') ? ['os'] : []),
  ]
  const sdk = ['aws', 'config', 'service/kms', ...(hasKind('choice') ? ['service/kms/types'] : [])]
  return [
    ...standard.map(name => `\t"${name}"`),
    '',
    ...sdk.map(name => `\t"github.com/aws/aws-sdk-go-v2/${name}"`),
  ]
}

/** The statements that read a value which may be wrong, before the call. */
function prepared(member: Member): string[] {
  if (member.kind !== 'base64' && member.kind !== 'file') return []
  const read =
    member.kind === 'file'
      ? `os.ReadFile(${text(member.path)})`
      : `base64.StdEncoding.DecodeString(${text(member.value)})`
  return [`\t${camel(member.name)}, err := ${read}`, ...onError]
}

function inputOf(operation: string, members: readonly Member[]): string[] {
  if (members.length === 0) return [`\tresponse, err := client.${operation}(ctx, &kms.${operation}Input{})`]
  // gofmt aligns the values.
  const width = Math.max(...members.map(({ name }) => name.length)) + 2
  return [
    `\tresponse, err := client.${operation}(ctx, &kms.${operation}Input{`,
    ...members.map(member => `\t\t${`${member.name}:`.padEnd(width)}${expressionOf(member)},`),
    '\t})',
  ]
}

function expressionOf(member: Member): string {
  switch (member.kind) {
    case 'text':
      return `aws.String(${text(member.value)})`
    case 'choice':
      return `types.${member.type}(${text(member.value)})`
    case 'utf8':
      return `[]byte(${text(member.value)})`
    case 'base64':
    case 'file':
      return camel(member.name)
    case 'number':
      return `aws.Int32(${member.value})`
    case 'flag':
      return `aws.Bool(${member.value})`
    case 'list':
      return `[]string{${member.value.map(text).join(', ')}}`
    case 'map':
      return `map[string]string{${member.value.map(([key, value]) => `${text(key)}: ${text(value)}`).join(', ')}}`
  }
}
