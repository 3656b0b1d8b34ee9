import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { administratorOf } from '../fixtures/clients.ts'
import { callQuery, iamClient, iamForm, sendQuery, type XmlAnswer } from '../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { presignGet } from '../fixtures/presign.ts'

// The bytes of the AWS Query protocol (Smithy, "AWS query protocol"; IAM API reference, "Common Errors").

const namespace = 'https://iam.amazonaws.com/doc/2010-05-08/'
const formType = { 'content-type': 'application/x-www-form-urlencoded' }
let keyward: KeywardProcess
before(async () => {
  keyward = await startKeyward()
})
after(() => keyward.stop())

const codeOf = ({ text }: XmlAnswer) => /<Code>(.*)<\/Code>/.exec(text)?.[1]

function isError(answer: XmlAnswer, code: string, status: number): void {
  assert.deepEqual([codeOf(answer), answer.status], [code, status], answer.text)
  assert.equal(answer.headers.get('content-type'), 'text/xml')
  const requestId = answer.headers.get('x-amzn-requestid')
  assert.ok(answer.text.endsWith(`<RequestId>${requestId}</RequestId></ErrorResponse>`), answer.text)
}

test('an answer is the XML that the API reference shows', async () => {
  const { status, text, headers } = await callQuery(keyward, iamForm('CreateGroup', { GroupName: 'g' }))
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/xml')
  assert.match(
    text,
    new RegExp(
      `^<CreateGroupResponse xmlns="${namespace}"><CreateGroupResult><Group><Path>/</Path><GroupName>g</GroupName>` +
        '<GroupId>AGPA[A-Z2-7]{17}</GroupId><Arn>arn:aws:iam::000000000000:group/g</Arn>' +
        '<CreateDate>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ</CreateDate></Group></CreateGroupResult>' +
        `<ResponseMetadata><RequestId>${headers.get('x-amzn-requestid')}</RequestId></ResponseMetadata></CreateGroupResponse>$`,
    ),
  )
})

test('a list has member elements, an empty list has none, and an operation without output has no result', async () => {
  const users = await callQuery(keyward, iamForm('ListUsers'))
  assert.match(
    users.text,
    /<Users><member><Path>\/<\/Path>.*<\/member><\/Users><IsTruncated>false<\/IsTruncated>/,
  )
  const none = await callQuery(keyward, iamForm('ListUsers', { PathPrefix: '/none/' }))
  assert.match(none.text, /<Users\/>/)
  const nothing = await callQuery(
    keyward,
    iamForm('AddUserToGroup', { GroupName: 'g', UserName: 'administrator' }),
  )
  assert.match(nothing.text, new RegExp(`^<AddUserToGroupResponse xmlns="${namespace}"><ResponseMetadata>`))
  const summary = await callQuery(keyward, iamForm('GetAccountSummary'))
  assert.match(summary.text, /<SummaryMap><entry><key>Users<\/key><value>1<\/value><\/entry>/)
})

test('an error is the XML that the API reference shows', async () => {
  const answer = await callQuery(keyward, iamForm('GetUser', { UserName: 'nobody' }))
  isError(answer, 'NoSuchEntity', 404)
  assert.ok(
    answer.text.startsWith(
      `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name nobody cannot be found.</Message></Error>`,
    ),
  )
})

test('the text of an error escapes the value that the client sent', async () => {
  const answer = await callQuery(
    keyward,
    {
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::000000000000:role/r',
      RoleSessionName: '</Message><x a="\'">&amp;\u0001\r\ud83d\ude42',
    },
    { service: 'sts' },
  )
  isError(answer, 'ValidationError', 400)
  assert.ok(
    answer.text.includes('&lt;/Message&gt;&lt;x a=&quot;&apos;&quot;&gt;&amp;amp;\ufffd&#xD;\ud83d\ude42'),
    answer.text,
  )
})

test('a broken form has an error in XML, and changes nothing', async () => {
  const form = new URLSearchParams(iamForm('CreateUser', { UserName: 'broken' })).toString()
  for (const [more, code, status] of [
    ['&Path=%', 'MalformedQueryString', 404],
    ['&Path=%ff', 'MalformedQueryString', 404],
    ['&UserName=other', 'InvalidQueryParameter', 400],
    ['&Action=DeleteUser', 'InvalidQueryParameter', 400],
    [`&${'x.'.repeat(20)}=1`, 'InvalidQueryParameter', 400],
    ['&Tags.member.12.Key=a', 'MalformedInput', 400],
    ['&Tags.member.2.Key=a', 'ValidationError', 400],
    ['&Tags=a', 'MalformedInput', 400],
    ['&Path.x=a', 'MalformedInput', 400],
  ] as const) {
    isError(await callQuery(keyward, form + more), code, status)
  }
  isError(await callQuery(keyward, iamForm('GetUser', { UserName: 'broken' })), 'NoSuchEntity', 404)
})

test('the version selects the service, and the operation must be one of that service', async () => {
  isError(await callQuery(keyward, iamForm('NoSuchAction')), 'InvalidAction', 400)
  isError(await callQuery(keyward, iamForm('<&>')), 'InvalidAction', 400)
  isError(await callQuery(keyward, iamForm('CreateKey')), 'InvalidAction', 400)
  isError(await callQuery(keyward, { Action: 'ListUsers', Version: '1999-01-01' }), 'InvalidAction', 400)
  isError(await callQuery(keyward, { Version: '2010-05-08' }), 'MissingAction', 400)
  assert.equal((await callQuery(keyward, { Action: 'ListUsers' })).status, 200)
})

test('a form of exactly one mebibyte is read, and a larger form is refused in XML', async () => {
  const start = `${new URLSearchParams(iamForm('ListUsers'))}&x=`
  const body = (size: number) => start + 'a'.repeat(size - start.length)
  assert.equal((await callQuery(keyward, body(1024 * 1024))).status, 200)
  const answer = await callQuery(keyward, body(1024 * 1024 + 1))
  assert.deepEqual([codeOf(answer), answer.status], ['RequestEntityTooLarge', 413])
})

describe('a signature', () => {
  const form = iamForm('ListUsers')
  const body = new URLSearchParams(form).toString()

  test('that is missing: MissingAuthenticationToken', async () => {
    isError(await sendQuery(keyward, body, formType), 'MissingAuthenticationToken', 403)
  })

  test('with an unknown access key: InvalidClientTokenId', async () => {
    const credentials = { ...administratorOf(keyward), accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }
    isError(await callQuery(keyward, form, { credentials }), 'InvalidClientTokenId', 403)
  })

  test('with a different secret: SignatureDoesNotMatch', async () => {
    const credentials = { ...administratorOf(keyward), secretAccessKey: 'x' }
    isError(await callQuery(keyward, form, { credentials }), 'SignatureDoesNotMatch', 403)
  })

  test('for a different service, or a Region that is not served: SignatureDoesNotMatch', async () => {
    isError(await callQuery(keyward, form, { service: 'kms' }), 'SignatureDoesNotMatch', 403)
    isError(await callQuery(keyward, form, { region: 'eu-west-3' }), 'SignatureDoesNotMatch', 403)
  })

  test('in half a header: IncompleteSignature', async () => {
    const headers = { ...formType, authorization: 'AWS4-HMAC-SHA256 Credential=a' }
    isError(await sendQuery(keyward, body, headers), 'IncompleteSignature', 400)
  })

  test('that is refused has an audit record of IAM', async () => {
    const records = readAuditRecords(keyward.dataDirectory).filter(
      record => record['errorCode'] !== undefined && record['eventSource'] === 'iam.amazonaws.com',
    )
    const codes = new Set(records.filter(r => r['eventName'] === 'ListUsers').map(r => r['errorCode']))
    assert.deepEqual([...codes].sort(), [
      'IncompleteSignatureException',
      'MissingAuthenticationTokenException',
      'SignatureDoesNotMatch',
      'UnrecognizedClientException',
    ])
  })
})

test('requests of IAM may be signed for us-east-1, whatever Regions the server has', async () => {
  const there = await startKeyward({ environment: { KEYWARD_REGIONS: 'eu-central-1' } })
  try {
    for (const region of ['us-east-1', 'eu-central-1']) {
      assert.equal((await callQuery(there, iamForm('ListUsers'), { region })).status, 200)
    }
    const { Users } = await iamClient(there, { region: 'eu-central-1' }).listUsers({})
    assert.equal(Users?.length, 1)
  } finally {
    await there.stop()
  }
})

test('a presigned URL is a call, and its parameters are read as they are signed', async () => {
  const get = async (query: string): Promise<XmlAnswer> => {
    const response = await fetch(`${keyward.url}/?${query}`)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  const form = iamForm('CreateUser', { UserName: 'a+b' })
  const query = await presignGet(keyward, 'iam', form, administratorOf(keyward))
  assert.match((await get(query)).text, /<UserName>a\+b<\/UserName>/)
  // A plus and its encoding have the same signature, so they must mean the same text.
  isError(await get(query.replace('a%2Bb', 'a+b')), 'EntityAlreadyExists', 409)
  isError(await get(query.replace('CreateUser', 'DeleteUser')), 'SignatureDoesNotMatch', 403)
  isError(await get(`${query}&Path=/x/`), 'SignatureDoesNotMatch', 403)
})

test('IAM does not accept JSON', async () => {
  const json = await fetch(keyward.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'IAM.ListUsers' },
    body: '{}',
  })
  assert.equal(((await json.json()) as { __type: string }).__type, 'UnknownOperationException')
})

describe('with authentication off', () => {
  let open: KeywardProcess
  before(async () => {
    open = await startKeyward({ flags: ['--insecure-no-auth'] })
  })
  after(() => open.stop())
  const body = new URLSearchParams(iamForm('CreateUser', { UserName: 'csrf' })).toString()

  test('the form of a web page and a link are refused', async () => {
    for (const [name, value] of [
      ['origin', 'https://evil.example'],
      ['origin', 'null'],
      ['referer', 'https://evil.example/'],
      ['sec-fetch-site', 'cross-site'],
    ] as const) {
      isError(await sendQuery(open, body, { ...formType, [name]: value }), 'AccessDenied', 403)
    }
    assert.equal((await fetch(`${open.url}/?${body}`)).status, 403)
    assert.equal((await callQuery(open, iamForm('GetUser', { UserName: 'csrf' }))).status, 404)
  })

  test('a plain call is accepted', async () => {
    assert.equal((await sendQuery(open, body, formType)).status, 200)
  })
})
