#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Workbooks for tests and fuzzers, part by part, with what no program writes by itself.
namespace wenming::tables::testing {

using Parts = std::map<std::string, std::string>;

inline std::string zipped(const Parts& parts, const char* options = "zip:compression=deflate") {
  std::string bytes;
  struct archive* zip = archive_write_new();
  archive_write_set_format_zip(zip);
  archive_write_set_options(zip, options);
  archive_write_set_bytes_in_last_block(zip, 1);
  archive_write_open2(
      zip, &bytes, nullptr,
      [](struct archive*, void* out, const void* block, std::size_t size) {
        static_cast<std::string*>(out)->append(static_cast<const char*>(block), size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr, nullptr);
  for (const auto& [name, text] : parts) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(zip, entry);
    archive_write_data(zip, text.data(), text.size());
    archive_entry_free(entry);
  }
  archive_write_close(zip);
  archive_write_free(zip);
  return bytes;
}

inline std::string relation(std::string_view id, std::string_view type, std::string_view target) {
  return "<Relationship Id=\"" + std::string(id) +
         "\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/" + std::string(type) +
         "\" Target=\"" + std::string(target) + "\"/>";
}

/// The parts of a workbook of one sheet, whose rows are `<row>…</row>` and so on; behind them stands `tail`.
inline Parts workbook_parts(const std::string& rows, const std::string& tail = {}) {
  const std::string relationships = "<Relationships>";
  return {
      {"_rels/.rels", relationships + relation("r1", "officeDocument", "xl/workbook.xml") + "</Relationships>"},
      {"xl/workbook.xml",
       "<workbook><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"r1\" xmlns:r=\"x\"/></sheets>"
       "</workbook>"},
      {"xl/_rels/workbook.xml.rels", relationships + relation("r1", "worksheet", "worksheets/sheet1.xml") +
                                         relation("r2", "sharedStrings", "sharedStrings.xml") +
                                         relation("r3", "styles", "styles.xml") + "</Relationships>"},
      {"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + rows + "</sheetData>" + tail + "</worksheet>"},
  };
}

inline std::string workbook(const std::string& rows, const std::string& tail = {}) {
  return zipped(workbook_parts(rows, tail));
}

/// A cell that holds its text itself.
inline std::string text_cell(std::string_view at, std::string_view text) {
  return "<c r=\"" + std::string(at) + "\" t=\"inlineStr\"><is><t>" + std::string(text) + "</t></is></c>";
}

}  // namespace wenming::tables::testing
