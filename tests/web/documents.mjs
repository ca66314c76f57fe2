// Is openapi.json (first word) an OpenAPI document, and asyncapi.json (second) an AsyncAPI one? By public validators.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv";
import formats from "ajv-formats";

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const [openapi, asyncapi] = process.argv.slice(2).map(read);

const validator = new Validator();
const result = await validator.validate(openapi);
if (!result.valid || validator.version !== "3.1") throw new Error(`OpenAPI: ${JSON.stringify(result.errors, null, 1)}`);

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
const known = ajv.compile(read("node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"));
if (!known(asyncapi)) throw new Error(`AsyncAPI: ${JSON.stringify(known.errors, null, 1)}`);

// The schemas in both are schemas: they compile, examples of the components among them.
for (const [name, document] of [["OpenAPI", openapi], ["AsyncAPI", asyncapi]]) {
  const strict = new Ajv({ strict: false, schemas: [{ $id: name, components: document.components }] });
  formats(strict);
  for (const part of Object.keys(document.components.schemas)) {
    const check = strict.compile({ $ref: `${name}#/components/schemas/${part}` });
    for (const example of document.components.schemas[part].examples ?? [])
      if (!check(example)) throw new Error(`${part}: ${JSON.stringify(check.errors)}`);
  }
}

// Every example of a body is one that its schema takes.
const bodies = new Ajv({ strict: false, schemas: [{ $id: "api", ...openapi }] });
formats(bodies);
let examples = 0;
const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
const walk = (part) => {
  if (part === null || typeof part !== "object") return;
  if (part.schema !== undefined && part.example !== undefined) {
    const check = bodies.compile(absolute(part.schema));
    if (!check(part.example)) throw new Error(`${JSON.stringify(part.example)}: ${JSON.stringify(check.errors)}`);
    examples += 1;
  }
  Object.values(part).forEach(walk);
};
walk(openapi.paths);
walk(openapi.components.responses);
if (examples === 0) throw new Error("no examples were found");
console.log(`${examples} examples`);
