import { literals } from './literals.ts'
import { type Member, partsOf, type SnippetCall, snake } from './members.ts'

const text = literals.rust

/** The call with the AWS SDK for Rust. */
export function writeRust(call: SnippetCall): string {
  const { region, endpoint, members, printed, remarks } = partsOf(call)
  return [
    ...importsOf(call).map(name => `use ${name};`),
    '',
    '#[tokio::main]',
    'async fn main() -> Result<(), Box<dyn std::error::Error>> {',
    '    // The credentials come from the environment.',
    '    let config = aws_config::defaults(BehaviorVersion::latest())',
    `        .region(Region::new(${text(region)}))`,
    `        .endpoint_url(${text(endpoint)})`,
    '        .load()',
    '        .await;',
    '    let client = Client::new(&config);',
    '',
    ...remarks.map(remark => `    // ${remark}`),
    '    let response = client',
    `        .${snake(call.operation)}()`,
    ...members.flatMap(member => valuesOf(member).map(value => `        .${snake(member.name)}(${value})`)),
    '        .send()',
    '        .await?;',
    ...printed.flatMap(({ name, kind }) => printOf(snake(name), kind)),
    '    Ok(())',
    '}',
    '',
  ].join('\n')
}

function importsOf(call: SnippetCall): string[] {
  const { members, hasKind, printsBytes } = partsOf(call)
  const types = new Set(members.flatMap(member => (member.kind === 'choice' ? [member.type] : [])))
  return [
    'aws_config::{BehaviorVersion, Region}',
    ...(hasKind('utf8', 'base64', 'file') ? ['aws_sdk_kms::primitives::Blob'] : []),
    ...[...types].sort().map(name => `aws_sdk_kms::types::${name}`),
    'aws_sdk_kms::Client',
    ...(printsBytes || hasKind('base64') ? ['base64::{engine::general_purpose::STANDARD, Engine}'] : []),
  ]
}

function printOf(name: string, kind: 'bytes' | 'flag'): string[] {
  if (kind === 'flag') return [`    println!("{}", response.${name}());`]
  return [
    `    if let Some(blob) = response.${name}() {`,
    '        println!("{}", STANDARD.encode(blob));',
    '    }',
  ]
}

/** The arguments of a member: the builder gets the items of a list and of a map one by one. */
function valuesOf(member: Member): string[] {
  switch (member.kind) {
    case 'text':
      return [text(member.value)]
    case 'choice':
      return [`${member.type}::from(${text(member.value)})`]
    case 'utf8':
      return [`Blob::new(${text(member.value)})`]
    case 'base64':
      return [`Blob::new(STANDARD.decode(${text(member.value)})?)`]
    case 'file':
      return [`Blob::new(std::fs::read(${text(member.path)})?)`]
    case 'number':
    case 'flag':
      return [String(member.value)]
    case 'list':
      return member.value.map(text)
    case 'map':
      return member.value.map(([key, value]) => `${text(key)}, ${text(value)}`)
  }
}
