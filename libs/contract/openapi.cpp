#include "contract/openapi.h"

#include <algorithm>
#include <map>
#include <vector>

#include "contract/comments.h"
#include "contract/descriptors.h"
#include "contract/example.h"
#include "contract/json_document.h"
#include "contract/problem_catalogue.h"
#include "contract/schemas.h"
#include "contract/shape.h"

namespace wenming::contract {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr std::string_view kAbout =
    "Times are RFC 3339; 64-bit integers are JSON numbers below 2^53; ids are strings. Zero values are printed, absent "
    "fields are left out, unknown fields are refused. Lists take `page_size` and `page_token`. Problems are RFC 9457, "
    "in "
    "English or Chinese by `Accept-Language`. Personal fields are masked unless the caller may read them.";

// The shape of problem_json.
constexpr std::string_view kProblemSchema = R"({
        "type": "object",
        "description": "Why a request was refused (RFC 9457).",
        "properties": {
          "type": {"type": "string", "format": "uri-reference", "description": "Where the problem is described."},
          "title": {"type": "string", "description": "What all problems of this status have in common."},
          "status": {"type": "integer", "description": "The HTTP status."},
          "detail": {"type": "string", "description": "What is the matter, for people."},
          "instance": {"type": "string", "description": "Which request it was."},
          "code": {"type": "string", "description": "What is the matter, for programs; stable."},
          "errors": {
            "type": "array",
            "description": "Every offending field.",
            "items": {
              "type": "object",
              "properties": {
                "pointer": {"type": "string", "format": "json-pointer", "description": "Where in the request."},
                "code": {"type": "string", "description": "What is the matter with it; stable."},
                "detail": {"type": "string", "description": "The same for people."}
              },
              "required": ["pointer", "code", "detail"]
            }
          }
        },
        "required": ["type", "title", "status", "detail", "code"]
      })";

constexpr std::string_view kParameters = R"({
      "IdempotencyKey": {
        "name": "Idempotency-Key", "in": "header", "required": true, "schema": {"type": "string", "maxLength": 255},
        "description": "Any text that is new for every request and the same when it is sent again: the first answer is given again, and nothing is done twice."
      },
      "OptionalIdempotencyKey": {
        "name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string", "maxLength": 255},
        "description": "Not needed: the request carries its own key, or repeating it does no harm."
      },
      "IfMatch": {
        "name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
        "description": "The ETag that was read, so that nobody's change is overwritten unseen."
      },
      "OptionalIfMatch": {
        "name": "If-Match", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "The ETag that was read; refused if the resource has changed since."
      },
      "IfNoneMatch": {
        "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "The ETag that was read; 304 if nothing has changed since."
      }
    })";

constexpr std::string_view kSecuritySchemes = R"({
      "access_token": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The access token of a session, as `POST /v1/sessions` gives it."
      },
      "api_key": {
        "type": "http", "scheme": "bearer", "bearerFormat": "wmk_",
        "description": "An API key, in the place of an access token."
      }
    })";

/// Writes the document, part by part.
class OpenApi {
 public:
  OpenApi(const Contract& contract, const Comments& comments)
      : contract_(contract), comments_(comments), schemas_(contract, comments), problems_(contract, comments) {}

  std::string write(std::string_view version) {
    document_.object([&] {
      document_.member("openapi", "3.1.0");
      document_.object("info", [&] {
        document_.member("title", "Wenming");
        document_.member("version", version);
        document_.member("description", kAbout);
      });
      write_servers();
      write_tags();
      document_.object("paths", [&] { write_paths(); });
      document_.object("components", [&] { write_components(); });
      document_.array("x-wenming-problems", [&] { problems_.write_problems(document_); });
      document_.array("x-wenming-field-problems", [&] { problems_.write_field_problems(document_); });
      document_.object("x-wenming-roles", [&] { write_words(*v1::Role_descriptor()); });
      document_.object("x-wenming-conditions", [&] { write_words(*v1::When_descriptor()); });
    });
    return document_.text() + '\n';
  }

 private:
  void write_servers();
  void write_tags();
  void write_paths();
  void write_operation(const Method& method);
  void write_allow(const Method& method);
  void write_parameters(const Method& method);
  void write_field_parameter(const FieldShape& field, bool in_path);
  void write_body(const Method& method);
  void write_edge_success(const Method& method);
  void write_success(const Method& method);
  void write_security(const Method& method);
  void write_components();
  void write_words(const EnumDescriptor& type);
  void write_reference(std::string_view reference) {
    document_.object([&] { document_.member("$ref", reference); });
  }

  const Contract& contract_;
  const Comments& comments_;
  Schemas schemas_;
  ProblemCatalogue problems_;
  JsonDocument document_;
};

/// `VolunteerService` is tagged `Volunteer`.
std::string tag_of(const ServiceDescriptor& service) {
  constexpr std::string_view kSuffix = "Service";
  std::string name = service.name();
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return result;
}

std::string_view first_sentence(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends =
        text[i] == '\n' || ((text[i] == '.' || text[i] == ':') && (i + 1 == text.size() || text[i + 1] == ' '));
    if (ends) return text.substr(0, i);
  }
  return text;
}

void OpenApi::write_servers() {
  document_.array("servers", [&] { document_.object([&] { document_.member("url", "/"); }); });
}

void OpenApi::write_tags() {
  document_.array("tags", [&] {
    for (const ServiceDescriptor* service : contract_.services()) {
      document_.object([&] {
        document_.member("name", tag_of(*service));
        document_.member("description", comments_.of(*service));
      });
    }
  });
}

void OpenApi::write_paths() {
  std::map<std::string, std::vector<const Method*>> paths;
  for (const auto& method : contract_.methods()) paths[method->path].push_back(method.get());
  for (auto& [path, methods] : paths) {
    std::sort(methods.begin(), methods.end(), [](const Method* a, const Method* b) { return a->verb < b->verb; });
    document_.object(path, [&, &at_path = methods] {
      for (const Method* method : at_path)
        document_.object(lower(to_text(method->verb)), [&] { write_operation(*method); });
    });
  }
}

void OpenApi::write_operation(const Method& method) {
  const std::string comment = comments_.of(*method.descriptor);
  document_.array("tags", [&] { document_.value(tag_of(*method.descriptor->service())); });
  document_.member("operationId", method.descriptor->service()->name() + "_" + method.name());
  document_.member("summary", first_sentence(comment));
  document_.member("description", comment);
  write_allow(method);
  write_parameters(method);
  write_body(method);
  document_.object("responses", [&] {
    write_success(method);
    problems_.write_references(document_, method);
  });
  write_security(method);
}

void OpenApi::write_allow(const Method& method) {
  document_.array("x-wenming-allow", [&] {
    for (const v1::Allow& allow : method.rule.allow()) {
      document_.object([&] {
        document_.array("roles", [&] {
          for (const int role : allow.role()) document_.value(word_of(*v1::Role_descriptor()->FindValueByNumber(role)));
        });
        document_.member("when", word_of(*v1::When_descriptor()->FindValueByNumber(allow.when())));
        if (!allow.related().empty()) {
          document_.array("related", [&] {
            for (const int kind : allow.related())
              document_.value(word_of(*v1::RelationKind_descriptor()->FindValueByNumber(kind)));
          });
        }
        if (allow.unmasked()) document_.member("unmasked", true);
      });
    }
  });
}

void OpenApi::write_parameters(const Method& method) {
  const Shape& shape = shape_of(*method.request);
  const auto& in_path = method.path_fields;
  const bool answers_version = method.response->GetDescriptor()->FindFieldByName("version") != nullptr;
  document_.array("parameters", [&] {
    for (const auto* field : in_path) write_field_parameter(*shape.find(field->name()), true);
    for (const FieldShape& field : shape.fields) {
      const bool is_content = !method.rule.body_media_type().empty() && field.name() == "content";
      const bool elsewhere = method.takes_json() || method.takes_form() || is_content || field.rule.output_only() ||
                             std::find(in_path.begin(), in_path.end(), field.descriptor) != in_path.end();
      if (!elsewhere) write_field_parameter(field, false);
    }
    if (method.verb == Verb::Post && method.writes()) {
      write_reference(method.rule.natural_key() ? "#/components/parameters/OptionalIdempotencyKey"
                                                : "#/components/parameters/IdempotencyKey");
    }
    const bool must_match =
        method.writes() && (method.verb == Verb::Patch || (method.verb == Verb::Put && !method.rule.natural_key()));
    if (must_match) {
      write_reference("#/components/parameters/IfMatch");
    } else if (method.writes() && method.resource_id != nullptr) {
      write_reference("#/components/parameters/OptionalIfMatch");
    }
    if (method.verb == Verb::Get && answers_version) write_reference("#/components/parameters/IfNoneMatch");
  });
}

void OpenApi::write_field_parameter(const FieldShape& field, bool in_path) {
  document_.object([&] {
    document_.member("name", field.name());
    document_.member("in", in_path ? "path" : "query");
    document_.member("required", in_path || field.rule.required());
    document_.member("description", comments_.of(*field.descriptor));
    document_.object("schema", [&] { schemas_.write_field(document_, field); });
    if (in_path) {
      document_.key("example");
      document_.raw(example_value(*field.descriptor));
    }
  });
}

void OpenApi::write_body(const Method& method) {
  const auto& file_types = method.rule.body_media_type();
  if (file_types.empty() && !method.takes_json()) return;
  document_.object("requestBody", [&] {
    document_.member("required", true);
    document_.object("content", [&] {
      if (!file_types.empty() && !method.takes_form()) {
        for (const std::string& type : file_types)
          document_.object(type, [&] { document_.object("schema", [&] { document_.member("type", "string"); }); });
        return;
      }
      const auto write_json = [&] {
        document_.object("schema", [&] {
          document_.member("$ref", Schemas::reference_to(method.descriptor->input_type()->full_name()));
        });
        document_.key("example");
        document_.raw(example_body(method));
      };
      if (method.takes_form()) return document_.object(file_types.Get(0), write_json);
      document_.object("application/json", write_json);
      if (method.verb == Verb::Patch) document_.object("application/merge-patch+json", write_json);
    });
  });
}

void OpenApi::write_edge_success(const Method& method) {
  const unsigned status = method.rule.success_status() == 0 ? 200 : method.rule.success_status();
  document_.object(std::to_string(status), [&] {
    document_.member("description", comments_.of(*method.descriptor->output_type()));
    if (method.rule.answer_media_type().empty()) return;
    document_.object("content", [&] {
      for (const std::string& type : method.rule.answer_media_type())
        document_.object(type, [&] { document_.object("schema", [&] { document_.member("type", "string"); }); });
    });
  });
}

void OpenApi::write_success(const Method& method) {
  if (method.is_edge()) return write_edge_success(method);
  const unsigned status = method.rule.success_status() == 0 ? 200 : method.rule.success_status();
  const auto& answer = *method.descriptor->output_type();
  document_.object(std::to_string(status), [&] {
    document_.member("description", comments_.of(answer));
    const bool has_version = answer.FindFieldByName("version") != nullptr;
    if (has_version || method.writes()) {
      document_.object("headers", [&] {
        const auto header = [&](const char* name, const char* description) {
          document_.object(name, [&] {
            document_.member("description", description);
            document_.object("schema", [&] { document_.member("type", "string"); });
          });
        };
        if (has_version) header("ETag", "The version, quoted, for `If-Match` and `If-None-Match`.");
        if (method.writes()) header("Idempotency-Replayed", "`true` where this is the first answer given again.");
      });
    }
    document_.object("content", [&] {
      if (method.is_live()) {
        return document_.object("text/event-stream", [&] {
          document_.object("schema", [&] {
            document_.member("type", "string");
            document_.member("description", "Server-Sent Events; the data of each is a `" +
                                                Schemas::name_of(answer.full_name()) + "` as JSON.");
          });
        });
      }
      document_.object("application/json", [&] {
        document_.object("schema", [&] { document_.member("$ref", Schemas::reference_to(answer.full_name())); });
        document_.key("example");
        document_.raw(example_answer(answer));
      });
    });
  });
}

void OpenApi::write_security(const Method& method) {
  const auto& rules = method.rule.allow();
  const bool open = std::any_of(rules.begin(), rules.end(), [](const v1::Allow& allow) {
    return std::find(allow.role().begin(), allow.role().end(), v1::ROLE_CITIZEN) != allow.role().end();
  });
  document_.array("security", [&] {
    for (const char* scheme : {"access_token", "api_key"}) {
      document_.object([&] { document_.array(scheme, [] {}); });
    }
    if (open) document_.object([] {});
  });
}

void OpenApi::write_components() {
  document_.object("schemas", [&] {
    schemas_.write_all(document_);
    document_.key("Problem");
    document_.raw(kProblemSchema);
  });
  document_.object("responses", [&] { problems_.write_responses(document_); });
  document_.key("parameters");
  document_.raw(kParameters);
  document_.key("securitySchemes");
  document_.raw(kSecuritySchemes);
}

void OpenApi::write_words(const EnumDescriptor& type) {
  for (int i = 1; i < type.value_count(); ++i) document_.member(word_of(*type.value(i)), comments_.of(*type.value(i)));
}

}  // namespace

std::string openapi(const Contract& contract, std::string_view version) {
  return openapi(contract, version, descriptors().front().text);
}

std::string openapi(const Contract& contract, std::string_view version, std::string_view descriptor_set) {
  const Comments comments(descriptor_set);
  return OpenApi(contract, comments).write(version);
}

}  // namespace wenming::contract
