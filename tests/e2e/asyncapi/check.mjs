// Prints what is wrong with an AsyncAPI and an OpenAPI description, as JSON: nothing is two empty lists.
// Usage: node check.mjs ASYNCAPI.json OPENAPI.json
// The AsyncAPI project's parser and an OpenAPI validator look at the descriptions. Neither holds the
// examples against their schemas, so that is done here, each in its dialect of JSON Schema.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

const WARNING = 1; // 0 is an error, 2 information: for example, that there is a newer AsyncAPI
const OPTIONS = { strict: false, validateFormats: false };

async function problemsOfAsyncapi(document) {
  const { diagnostics } = await new Parser().parse(document);
  const problems = diagnostics
    .filter(({ severity }) => severity <= WARNING)
    .map(({ code, message, path }) => `${path.join('/')}: ${message} (${code})`);
  return [...problems, ...problemsOfExamples(new Ajv(OPTIONS), document, examplesOfMessages(document))];
}

async function problemsOfOpenapi(document) {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  const problems = valid ? [] : [JSON.stringify(errors)];
  return [...problems, ...problemsOfExamples(new Ajv2020(OPTIONS), document, examplesOfAnswers(document))];
}

function* examplesOfMessages({ components }) {
  for (const [name, { payload, examples = [] }] of Object.entries(components.messages)) {
    for (const example of examples) yield [name, payload.$ref, example.payload];
  }
}

function* examplesOfAnswers({ paths }) {
  for (const [path, methods] of Object.entries(paths)) {
    for (const { responses } of Object.values(methods)) {
      for (const [status, { content = {} }] of Object.entries(responses)) {
        for (const { schema, example } of Object.values(content)) {
          if (example !== undefined) yield [`${path} ${status}`, schema.$ref, example];
        }
      }
    }
  }
}

function problemsOfExamples(ajv, document, examples) {
  ajv.addSchema(document, 'document');
  const problems = [];
  for (const [name, reference, example] of examples) {
    const fits = ajv.getSchema(`document${reference}`);
    if (!fits(example)) problems.push(`example of ${name}: ${ajv.errorsText(fits.errors)}`);
  }
  return problems;
}

const [asyncapi, openapi] = await Promise.all(
  process.argv.slice(2).map(async (name) => JSON.parse(await readFile(name, 'utf8'))),
);
console.log(
  JSON.stringify({
    asyncapi: await problemsOfAsyncapi(asyncapi),
    openapi: await problemsOfOpenapi(openapi),
  }),
);
