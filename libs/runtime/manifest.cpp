#include "runtime/manifest.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "core/encoding.h"
#include "core/hash.h"
#include "runtime/data_directory.h"
#include "store/migrations.h"

namespace wenming::runtime {
namespace {

namespace fs = std::filesystem;
using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

constexpr int kFormat = 1;

std::string sha256_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  core::Sha256 hash;
  std::array<char, 1 << 16> buffer{};
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0)
    hash.add({buffer.data(), static_cast<std::size_t>(in.gcount())});
  if (!in.eof()) throw std::runtime_error("cannot read " + file.string());
  return core::hex(core::bytes_of(hash.finish()));
}

Manifest::Database describe(const fs::path& folder, ServiceState& state) {
  Manifest::Database database;
  database.file = state.name() + ".sqlite";
  database.bytes = static_cast<std::int64_t>(fs::file_size(folder / database.file));
  database.sha256 = sha256_of(folder / database.file);
  database.epoch = state.snapshot->epochs().current();
  database.journal_rows = state.snapshot->head().sequence;
  database.journal_head = core::hex(state.snapshot->head().hash);
  database.tables = state.snapshot->count_rows();
  database.schemas = store::schema_versions(state.snapshot->connection());
  database.positions = events::stored_marks(state.snapshot->connection());
  return database;
}

void write(Writer& json, const char* key, const std::string& text) {
  json.Key(key);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
void write(Writer& json, const char* key, std::int64_t number) {
  json.Key(key);
  json.Int64(number);
}
template <class Number>
void write(Writer& json, const char* key, const std::map<std::string, Number>& numbers) {
  json.Key(key);
  json.StartObject();
  for (const auto& [name, number] : numbers) write(json, name.c_str(), std::int64_t{number});
  json.EndObject();
}

void write(Writer& json, const events::StoredMark& stored) {
  json.StartObject();
  write(json, "source", stored.source);
  write(json, "partition", std::int64_t{stored.partition});
  write(json, "epoch", stored.mark.position.epoch);
  write(json, "position", stored.mark.position.number);
  write(json, "event_epoch", stored.mark.epoch);
  write(json, "sequence", stored.mark.sequence);
  write(json, "event_index", std::int64_t{stored.mark.index});
  json.EndObject();
}

void write(Writer& json, const Manifest::Database& database) {
  json.StartObject();
  write(json, "file", database.file);
  write(json, "bytes", database.bytes);
  write(json, "sha256", database.sha256);
  write(json, "epoch", database.epoch);
  write(json, "journal_rows", database.journal_rows);
  write(json, "journal_head", database.journal_head);
  write(json, "tables", database.tables);
  write(json, "schemas", database.schemas);
  json.Key("positions");
  json.StartArray();
  for (const auto& stored : database.positions) write(json, stored);
  json.EndArray();
  json.EndObject();
}

/// What a manifest of this format has; anything else throws.
const rapidjson::Value& member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject() || !object.HasMember(name)) throw std::runtime_error(fmt::format("{} is missing", name));
  return object[name];
}
std::string text(const rapidjson::Value& object, const char* name) {
  const auto& value = member(object, name);
  if (!value.IsString()) throw std::runtime_error(fmt::format("{} is no text", name));
  return {value.GetString(), value.GetStringLength()};
}
std::int64_t integer(const rapidjson::Value& value, const char* name) {
  if (!value.IsInt64()) throw std::runtime_error(fmt::format("{} is no number", name));
  return value.GetInt64();
}
std::int64_t number(const rapidjson::Value& object, const char* name) {
  return integer(member(object, name), name);
}
template <class Number>
std::map<std::string, Number> numbers(const rapidjson::Value& object, const char* name) {
  std::map<std::string, Number> all;
  const auto& value = member(object, name);
  if (!value.IsObject()) throw std::runtime_error(fmt::format("{} is no object", name));
  for (const auto& entry : value.GetObject())
    all[entry.name.GetString()] = static_cast<Number>(integer(entry.value, entry.name.GetString()));
  return all;
}

events::StoredMark mark_of(const rapidjson::Value& value) {
  return {text(value, "source"), static_cast<int>(number(value, "partition")),
          events::Mark{{text(value, "epoch"), number(value, "position")},
                       text(value, "event_epoch"),
                       number(value, "sequence"),
                       static_cast<int>(number(value, "event_index"))}};
}

Manifest::Database database_of(const rapidjson::Value& value) {
  Manifest::Database database;
  database.file = text(value, "file");
  database.bytes = number(value, "bytes");
  database.sha256 = text(value, "sha256");
  database.epoch = text(value, "epoch");
  database.journal_rows = number(value, "journal_rows");
  database.journal_head = text(value, "journal_head");
  database.tables = numbers<std::int64_t>(value, "tables");
  database.schemas = numbers<int>(value, "schemas");
  const auto& positions = member(value, "positions");
  if (!positions.IsArray()) throw std::runtime_error("positions is no list");
  for (const auto& position : positions.GetArray()) database.positions.push_back(mark_of(position));
  return database;
}

Manifest manifest_of(const rapidjson::Value& value) {
  if (number(value, "format") != kFormat) throw std::runtime_error("its format is not known to this version");
  Manifest manifest;
  manifest.program = text(value, "program");
  manifest.taken_at = text(value, "taken_at");
  manifest.partitions = static_cast<int>(number(value, "partitions"));
  const auto& databases = member(value, "databases");
  if (!databases.IsObject()) throw std::runtime_error("databases is no object");
  for (const auto& entry : databases.GetObject()) manifest.databases[entry.name.GetString()] = database_of(entry.value);
  if (value.HasMember("blobs")) {
    const auto& blobs = value["blobs"];
    manifest.blobs = {number(blobs, "count"), number(blobs, "bytes"), text(blobs, "list_sha256")};
  }
  return manifest;
}

}  // namespace

std::map<std::string, Manifest::Database> databases_in(const fs::path& folder,
                                                       std::span<const domain::Service> services) {
  const DataDirectory archive(folder, DataDirectory::Use::Archive);
  std::map<std::string, Manifest::Database> databases;
  for (ServiceState& state : states_of(services, archive)) databases.emplace(state.name(), describe(folder, state));
  return databases;
}

std::string to_json(const Manifest& manifest) {
  rapidjson::StringBuffer buffer;
  Writer json(buffer);
  json.SetIndent(' ', 2);
  json.StartObject();
  write(json, "format", std::int64_t{kFormat});
  write(json, "program", manifest.program);
  write(json, "taken_at", manifest.taken_at);
  write(json, "partitions", std::int64_t{manifest.partitions});
  json.Key("databases");
  json.StartObject();
  for (const auto& [service, database] : manifest.databases) {
    json.Key(service.c_str());
    write(json, database);
  }
  json.EndObject();
  if (manifest.blobs) {
    json.Key("blobs");
    json.StartObject();
    write(json, "count", manifest.blobs->count);
    write(json, "bytes", manifest.blobs->bytes);
    write(json, "list_sha256", manifest.blobs->list_sha256);
    json.EndObject();
  }
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

Manifest read_manifest(const fs::path& folder) {
  const fs::path file = folder / kManifestFile;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    std::error_code looking;  // set where the folder itself may not be looked into
    if (fs::exists(file, looking) || looking)
      throw std::runtime_error("cannot read " + file.string() + (looking ? ": " + looking.message() : ""));
    throw std::runtime_error(folder.string() + " is no backup: it has no " + kManifestFile);
  }
  const std::string json((std::istreambuf_iterator<char>(in)), {});
  rapidjson::Document document;
  try {
    if (document.Parse(json.data(), json.size()).HasParseError()) throw std::runtime_error("it is no JSON");
    return manifest_of(document);
  } catch (const std::runtime_error& fault) {
    throw std::runtime_error(fmt::format("{} cannot be read: {}", file.string(), fault.what()));
  }
}

}  // namespace wenming::runtime
