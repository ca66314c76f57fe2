/* Shows /openapi.json in Swagger UI, and signs in for the reader with the token that signing up or in has given. */
const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  responseInterceptor(response) {
    if (response.ok && /\/auth\/(signup|login)$/.test(response.url) && response.body?.access_token)
      ui.preauthorizeApiKey("bearer", response.body.access_token);
    return response;
  },
});
